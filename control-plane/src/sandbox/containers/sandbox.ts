import type { Duplex } from 'node:stream';
import type { ContainerLimits, Launcher } from '../../launcher/port.ts';
import type { Egress } from '../egress-port.ts';
import type { BotProgram, CheckResult, HookCall, HookResult, Sandbox, SandboxStatus } from '../port.ts';
import { BotContainer } from './container.ts';
import { hookRequest, readHook } from './hook-call.ts';
import { LinkLostError } from './link.ts';
import { type ContainerSandboxOptions, DEFAULTS, type SandboxEvents, type SandboxLog } from './options.ts';
import { NoCapacityError } from './places.ts';
import { ContainerPool } from './pool.ts';
import type { LoadEnd } from './program-load.ts';

const SILENT: SandboxLog = { info: () => undefined, warn: () => undefined };

/** The sandbox port on a launcher: one hardened container per bot key. */
export class ContainerSandbox implements Sandbox, AsyncDisposable {
  readonly #launcher: Launcher;
  readonly #egress: Egress | undefined;
  readonly #events: Partial<SandboxEvents>;
  readonly #startLimitMs: number;
  readonly #pool: ContainerPool;
  #digest: Promise<string> | undefined;

  constructor(options: ContainerSandboxOptions) {
    const settings = { ...DEFAULTS, ...options };
    this.#launcher = options.launcher;
    this.#egress = options.egress;
    this.#events = options.events ?? {};
    this.#startLimitMs = settings.startLimitMs;
    const { poolSize: size, poolRefillPerS: refillPerS, limits } = settings;
    this.#pool = new ContainerPool({
      ...settings,
      blank: { size, refillPerS, limits },
      log: options.log ?? SILENT,
      start: (given) => this.#start(given),
      onClaim: (source, ms) => this.#events.claim?.(source, ms),
    });
  }

  /** Asked of the launcher once; again when a container was started or lost, for it may be another then. */
  runtimeDigest(): Promise<string> {
    const digest = (this.#digest ??= this.#launcher.about().then(({ runtimeDigest }) => runtimeDigest));
    digest.catch(() => {
      if (this.#digest === digest) this.#digest = undefined;
    });
    return digest;
  }

  async check(program: BotProgram): Promise<CheckResult> {
    try {
      return await this.#pool.use(program, (container) => this.#loadIn(container, program));
    } catch (error) {
      return { outcome: 'not_run', detail: sentence(error), noCapacity: error instanceof NoCapacityError };
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
        noCapacity: error instanceof NoCapacityError,
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
    if (load.outcome === 'failed')
      return { outcome: 'refused', message: `While it was loaded: ${load.detail}` };
    if (load.outcome === 'refused') return load;
    return { outcome: 'ok', className: load.className, usesNetwork: load.usesNetwork };
  }

  async #runIn(container: BotContainer, program: BotProgram, call: HookCall): Promise<HookResult> {
    const session =
      program.network === 'off' ? undefined : this.#egress?.session(program.network, { key: program.key });
    try {
      if (container.loaded === undefined) {
        const load = await container.load(program);
        if (load.outcome !== 'ok') return loadFailed(load);
      }
      const onConnection = session && ((question: Buffer, stream: Duplex) => session.open(question, stream));
      const end = await container.hook(program, hookRequest(program, call), onConnection);
      if (end.oom) this.#events.outOfMemory?.();
      return readHook(end, session?.close() ?? []);
    } catch (error) {
      if (!(error instanceof LinkLostError) || !(await container.ranOutOfMemory())) throw error;
      this.#events.outOfMemory?.();
      const detail = 'The container ran out of memory.';
      const connections = session?.close() ?? [];
      return { outcome: 'bot_failed', reason: 'memory', detail, output: '', wallMs: 0, connections };
    } finally {
      session?.close();
    }
  }

  async #start(limits: ContainerLimits): Promise<BotContainer> {
    const began = performance.now();
    this.#digest = undefined;
    try {
      const container = await BotContainer.start(this.#launcher, limits, this.#startLimitMs);
      this.#events.containerStart?.('ok', performance.now() - began);
      void container.lost.then(({ residue }) => {
        this.#digest = undefined;
        if (residue) this.#events.kill?.('residue');
      });
      return container;
    } catch (error) {
      this.#events.containerStart?.('failed', performance.now() - began);
      throw error;
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
