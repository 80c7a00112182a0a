import { CodedError } from '../kernel/errors.ts';
import { randomHex, sha256Hex, sha256Label } from '../kernel/hash.ts';
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

/** When to ask again after CAPACITY: idle bots give their containers back in the meantime. */
const CAPACITY_RETRY_S = 10;

/** Where a bot that is being prepared belongs. */
export interface BotPlace {
  /** Of its container. */
  readonly key: string;
  /** The account that made its channel. */
  readonly owner: string;
}

/** A bot's container belongs to its channel and id. */
export function programKey(channelId: string, botId: string): string {
  return `${channelId}/${botId}`;
}

/** Whose turn a channel's bots take: all channels of an account together. Its name goes no further. */
export function groupOf(owner: string): string {
  return sha256Hex(owner).slice(0, 16);
}

/** `bot_<name>_<generation>`. */
export function botIdOf(name: string, generation: number): string {
  return `bot_${name}_${generation}`;
}

/**
 * Compiles a bot in a container of its own, which then waits for the first hook.
 *
 * @throws INVALID_BOT_CODE with the line, CAPACITY or SANDBOX_UNAVAILABLE
 */
export async function prepareBot(
  sandbox: Sandbox,
  limits: HookLimits,
  { key, owner }: BotPlace,
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
    // Loading needs no connection, and gets none.
    network: 'off',
    group: groupOf(owner),
  };
  const checked = await sandbox.check(program);
  if (checked.outcome === 'ok') {
    return {
      ...source,
      code_hash,
      class_name: checked.className,
      uses_network: checked.usesNetwork,
      limits,
      runtime: checked.runtime,
      secret: randomHex(32),
    };
  }
  await sandbox.release(key);
  if (checked.outcome === 'not_run') {
    const { detail: cause, noCapacity } = checked;
    throw noCapacity
      ? new CodedError('CAPACITY', { retry_after_s: CAPACITY_RETRY_S }, { cause })
      : new CodedError('SANDBOX_UNAVAILABLE', {}, { cause });
  }
  const line = checked.line === undefined ? {} : { line: checked.line };
  throw new CodedError('INVALID_BOT_CODE', { message: checked.message, ...line });
}
