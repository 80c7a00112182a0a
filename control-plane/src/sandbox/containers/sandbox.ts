import type { Duplex } from 'node:stream';
import { type Launcher, LauncherError } from '../../launcher/port.ts';
import type { Egress } from '../egress-port.ts';
import type { BotProgram, CheckResult, HookCall, HookResult, Sandbox, SandboxStatus } from '../port.ts';
import type { BotContainer } from './container.ts';
import { hookRequest, readHook } from './hook-call.ts';
import { LinkLostError } from './link.ts';
import { type ContainerSandboxOptions, DEFAULTS, SILENT, type SandboxEvents } from './options.ts';
import { NoCapacityError } from './no-container.ts';
import { ContainerPool } from './pool.ts';
import type { LoadEnd } from './program-load.ts';

/** The sandbox port on a launcher: one hardened container per bot key. */
export class ContainerSandbox implements Sandbox, AsyncDisposable {
  readonly #launcher: Launcher;
  readonly #egress: Egress | undefined;
  readonly #events: SandboxEvents;
  readonly #pool: ContainerPool;

  constructor(options: ContainerSandboxOptions) {
    this.#launcher = options.launcher;
    this.#egress = options.egress;
    this.#events = counted(options.events);
    this.#pool = new ContainerPool({ ...DEFAULTS, log: SILENT, ...options, events: this.#events });
  }

  async check(program: BotProgram): Promise<CheckResult> {
    try {
      return await this.#pool.use(program, (container) => this.#loadIn(container, program));
    } catch (error) {
      return { outcome: 'not_run', detail: sentence(error), noCapacity: isNoCapacity(error) };
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
        noCapacity: isNoCapacity(error),
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
    const load = await this.#load(container, program);
    if (load.outcome === 'failed')
      return { outcome: 'refused', message: `While it was loaded: ${load.detail}` };
    if (load.outcome === 'refused') return load;
    const { className, usesNetwork } = load;
    return { outcome: 'ok', className, usesNetwork, runtime: container.runtimeDigest };
  }

  async #runIn(container: BotContainer, program: BotProgram, call: HookCall): Promise<HookResult> {
    if (call.runtime !== undefined && call.runtime !== container.runtimeDigest)
      return otherRuntime(container.runtimeDigest);
    const session = program.network === 'off' ? undefined : this.#egress?.session(program.network, program);
    try {
      if (!container.isLoaded) {
        const load = await this.#load(container, program);
        if (load.outcome !== 'ok') return loadFailed(load);
      }
      const onConnection = session && ((question: Buffer, stream: Duplex) => session.open(question, stream));
      const end = await container.hook(program, hookRequest(program, call), onConnection);
      if (end.oom) this.#events.outOfMemory();
      return readHook(end, session?.close() ?? []);
    } catch (error) {
      if (!(error instanceof LinkLostError) || !(await container.ranOutOfMemory())) throw error;
      this.#events.outOfMemory();
      const detail = 'The container ran out of memory.';
      const connections = session?.close() ?? [];
      return { outcome: 'bot_failed', reason: 'memory', detail, output: '', wallMs: 0, connections };
    } finally {
      session?.close();
    }
  }

  async #load(container: BotContainer, program: BotProgram): Promise<LoadEnd> {
    const load = await container.load(program);
    if (load.outcome !== 'ok') this.#pool.discard(program);
    return load;
  }
}

/** The methods keep their object. */
function counted(events: Partial<SandboxEvents> = {}): SandboxEvents {
  return {
    claim: (source, ms) => events.claim?.(source, ms),
    containerStart: (outcome, ms) => events.containerStart?.(outcome, ms),
    kill: (cause) => events.kill?.(cause),
    outOfMemory: () => events.outOfMemory?.(),
  };
}

function isNoCapacity(error: unknown): boolean {
  return error instanceof NoCapacityError || (error instanceof LauncherError && error.code === 'full');
}

/** The launcher may be another one than when the image was announced. */
function otherRuntime(runtime: string): HookResult {
  const detail = 'The container is of another image than was announced.';
  return { outcome: 'not_run', detail, lostContainer: false, noCapacity: false, runtime };
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
