import { CodedError } from '../kernel/errors.ts';
import { randomHex, sha256Label } from '../kernel/hash.ts';
import type { BotProgram, HookLimits, Sandbox } from '../sandbox/port.ts';
import type { BotSource } from './source.ts';

/** A bot that compiled and whose module body ran: it can be attached. */
export interface PreparedBot extends BotSource {
  readonly code_hash: string;
  readonly class_name: string;
  readonly uses_network: boolean;
  readonly limits: HookLimits;
  /** Digest of the runner image it was checked in. */
  readonly runtime: string;
  /** 32 random bytes, hex, drawn before anyone sees the bot. */
  readonly secret: string;
}

/** A bot's container belongs to its channel and id. */
export function programKey(channelId: string, botId: string): string {
  return `${channelId}/${botId}`;
}

/** `bot_<name>_<generation>`. */
export function botIdOf(name: string, generation: number): string {
  return `bot_${name}_${generation}`;
}

/**
 * Compiles a bot in a container of its own, which then waits for the first hook.
 *
 * @throws INVALID_BOT_CODE with the line, or SANDBOX_UNAVAILABLE
 */
export async function prepareBot(
  sandbox: Sandbox,
  limits: HookLimits,
  key: string,
  source: BotSource,
): Promise<PreparedBot> {
  const code_hash = sha256Label(source.source);
  const program: BotProgram = {
    key,
    source: source.source,
    codeHash: code_hash,
    params: source.params,
    env: source.env,
    limits,
    network: 'off',
    group: key,
  };
  const checked = await sandbox.check(program);
  if (checked.outcome === 'ok') {
    return {
      ...source,
      code_hash,
      class_name: checked.className,
      uses_network: checked.usesNetwork,
      limits,
      runtime: await sandbox.runtimeDigest(),
      secret: randomHex(32),
    };
  }
  await sandbox.release(key);
  if (checked.outcome === 'not_run')
    throw new CodedError('SANDBOX_UNAVAILABLE', {}, { cause: checked.detail });
  const line = checked.line === undefined ? {} : { line: checked.line };
  throw new CodedError('INVALID_BOT_CODE', { message: checked.message, ...line });
}
