import { randomHex } from '../../kernel/hash.ts';
import type { BotProgram, CheckResult, HookCall, HookResult, Sandbox, SandboxStatus } from '../port.ts';
import type { BotContainer } from './container.ts';
import { Engine } from './engine.ts';
import { hookRequest, readHook } from './hook-call.ts';
import { LinkLostError } from './link.ts';
import * as defaults from './options.ts';
import { ownerLabel } from './owner.ts';
import { ContainerPool } from './pool.ts';
import type { LoadEnd } from './program-load.ts';
import { reap } from './reaper.ts';

const SWEEP_MS = 60_000;
const STARTS_AT_ONCE = 4;
const SILENT: defaults.SandboxLog = { info: () => undefined, warn: () => undefined };

/** The sandbox port on a Docker engine: one hardened container per bot key. */
export class DockerSandbox implements Sandbox, AsyncDisposable {
  readonly #engine: Engine;
  readonly #digest: string;
  readonly #pool: ContainerPool;
  readonly #log: defaults.SandboxLog;
  readonly #sweep: () => Promise<void>;
  readonly #sweeps: NodeJS.Timeout;

  private constructor(engine: Engine, digest: string, owner: string, options: defaults.DockerSandboxOptions) {
    const { instance, clock, seccomp, log = SILENT } = options;
    this.#engine = engine;
    this.#digest = digest;
    this.#log = log;
    const fixed = { image: digest, instance, owner, ...(seccomp === undefined ? {} : { seccomp }) };
    this.#pool = new ContainerPool({
      engine,
      log,
      idleMs: options.idleMs ?? defaults.DEFAULT_IDLE_MS,
      maxContainers: options.maxContainers ?? defaults.DEFAULT_MAX_CONTAINERS,
      startsAtOnce: STARTS_AT_ONCE,
      startLimitMs: options.callTimeoutMs ?? defaults.DEFAULT_CALL_TIMEOUT_MS,
      request: ({ limits }) => ({ ...fixed, limits, name: `mcp-multiplayer-bot-${randomHex(8)}` }),
    });
    const knows = (name: string) => this.#pool.knows(name);
    this.#sweep = async () => {
      const removed = await reap(engine, { instance, owner, knows }, clock.now());
      if (removed > 0) log.info({ removed }, 'Orphaned containers were removed.');
    };
    const sweepAgain = () =>
      this.#sweep().catch((error) => log.warn({ error: String(error) }, 'A sweep failed.'));
    this.#sweeps = setInterval(() => void sweepAgain(), SWEEP_MS);
    this.#sweeps.unref();
  }

  /**
   * Looks up the image, removes orphans of this and of dead instances, and gives a ready sandbox.
   *
   * @throws {TimeLimitError} if the engine does not answer, or its error if the image is missing.
   */
  static async start(options: defaults.DockerSandboxOptions): Promise<DockerSandbox> {
    const engine = new Engine(options.socketPath, options.callTimeoutMs ?? defaults.DEFAULT_CALL_TIMEOUT_MS);
    const digest = await engine.imageDigest(options.image);
    const sandbox = new DockerSandbox(engine, digest, await ownerLabel(), options);
    try {
      await sandbox.#sweep();
    } catch (error) {
      clearInterval(sandbox.#sweeps);
      throw error;
    }
    return sandbox;
  }

  async runtimeDigest(): Promise<string> {
    return this.#digest;
  }

  async check(program: BotProgram): Promise<CheckResult> {
    try {
      return await this.#pool.use(program, (container) => this.#loadIn(container, program));
    } catch (error) {
      return { outcome: 'not_run', detail: sentence(error) };
    }
  }

  async run(program: BotProgram, call: HookCall): Promise<HookResult> {
    try {
      return await this.#pool.use(program, (container) => this.#runIn(container, program, call));
    } catch (error) {
      return { outcome: 'not_run', detail: sentence(error), lostContainer: error instanceof LinkLostError };
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
      await this.#engine.ping();
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeps);
    await this.#pool.close();
    // Takes what could not be removed while the engine was away.
    await this.#sweep().catch((error: unknown) =>
      this.#log.warn({ error: String(error) }, 'The last sweep failed.'),
    );
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
      return { outcome: 'bot_failed', reason: 'memory', detail, output: '', wallMs: 0 };
    }
  }
}

function loadFailed(load: Exclude<LoadEnd, { outcome: 'ok' }>): HookResult {
  const nothing = { outcome: 'bot_failed', output: '', wallMs: 0 } as const;
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
