import type { Launcher } from '../../launcher/port.ts';
import type { BotProgram, CheckResult, HookCall, HookResult, Sandbox, SandboxStatus } from '../port.ts';
import type { BotContainer } from './container.ts';
import { hookRequest, readHook } from './hook-call.ts';
import { LinkLostError } from './link.ts';
import {
  type ContainerSandboxOptions,
  DEFAULT_IDLE_MS,
  DEFAULT_MAX_CONTAINERS,
  DEFAULT_START_LIMIT_MS,
  type SandboxLog,
} from './options.ts';
import { ContainerPool } from './pool.ts';
import type { LoadEnd } from './program-load.ts';

const STARTS_AT_ONCE = 4;
const SILENT: SandboxLog = { info: () => undefined, warn: () => undefined };

/** The sandbox port on a launcher: one hardened container per bot key. */
export class ContainerSandbox implements Sandbox, AsyncDisposable {
  readonly #launcher: Launcher;
  readonly #pool: ContainerPool;

  constructor(options: ContainerSandboxOptions) {
    this.#launcher = options.launcher;
    this.#pool = new ContainerPool({
      launcher: options.launcher,
      log: options.log ?? SILENT,
      idleMs: options.idleMs ?? DEFAULT_IDLE_MS,
      maxContainers: options.maxContainers ?? DEFAULT_MAX_CONTAINERS,
      startsAtOnce: STARTS_AT_ONCE,
      startLimitMs: options.startLimitMs ?? DEFAULT_START_LIMIT_MS,
    });
  }

  async runtimeDigest(): Promise<string> {
    return (await this.#launcher.about()).runtimeDigest;
  }

  async check(program: BotProgram): Promise<CheckResult> {
    try {
      return await this.#pool.use(program, (container) => this.#loadIn(container, program));
    } catch (error) {
      return { outcome: 'not_run', detail: sentence(error), noCapacity: false };
    }
  }

  async run(program: BotProgram, call: HookCall): Promise<HookResult> {
    try {
      return await this.#pool.use(program, (container) => this.#runIn(container, program, call));
    } catch (error) {
      return {
        outcome: 'not_run',
        detail: sentence(error),
        lostContainer: error instanceof LinkLostError,
        noCapacity: false,
      };
    }
  }

  async release(key: string): Promise<void> {
    await this.#pool.release(key);
  }

  status(): SandboxStatus {
    return this.#pool.status();
  }

  async ready(): Promise<boolean> {
    try {
      await this.#launcher.about();
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #loadIn(container: BotContainer, program: BotProgram): Promise<CheckResult> {
    const load = await container.load(program);
    if (load.outcome !== 'ok') this.#pool.discard(program);
    return load.outcome === 'failed'
      ? { outcome: 'refused', message: `While it was loaded: ${load.detail}` }
      : load;
  }

  async #runIn(container: BotContainer, program: BotProgram, call: HookCall): Promise<HookResult> {
    try {
      if (container.loaded === undefined) {
        const load = await container.load(program);
        if (load.outcome !== 'ok') return loadFailed(load);
      }
      const end = await container.hook(program, hookRequest(program, call));
      if (end.residue) this.#pool.discard(program);
      return readHook(end);
    } catch (error) {
      if (!(error instanceof LinkLostError) || !(await container.ranOutOfMemory())) throw error;
      const detail = 'The container ran out of memory.';
      return { outcome: 'bot_failed', reason: 'memory', detail, output: '', wallMs: 0, connections: [] };
    }
  }
}

function loadFailed(load: Exclude<LoadEnd, { outcome: 'ok' }>): HookResult {
  const nothing = { outcome: 'bot_failed', output: '', wallMs: 0, connections: [] } as const;
  if (load.outcome === 'failed') return { ...nothing, reason: load.reason, detail: load.detail };
  return {
    ...nothing,
    reason: 'exception',
    detail: 'The code was refused when it was loaded again.',
    ...(load.line === undefined ? {} : { line: load.line }),
    trace: load.message,
  };
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
