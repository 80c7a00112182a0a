import { randomHex } from '../kernel/hash.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { CPU, DEFAULT_RUNTIME } from './body.ts';
import { Engine, UnknownRuntimeError } from './engine.ts';
import { ownerLabel } from './owner.ts';
import type { ContainerLimits, Launcher, LauncherAbout, StartedContainer } from './port.ts';
import { reap } from './reaper.ts';
import { containerUser } from './user-id.ts';

const SWEEP_MS = 60_000;

export interface LocalLauncherOptions {
  /** Path of the engine's unix socket. */
  readonly socketPath: string;
  /** Name, tag or digest of the runner image; it must be on this machine. */
  readonly image: string;
  /** Names this server among those that share the engine; the same again after a restart. */
  readonly instance: string;
  /** Time limit of each call to the engine, ms. */
  readonly callTimeoutMs: number;
  /** A seccomp profile as JSON text; our own where none is given. */
  readonly seccomp?: string;
  /** An OCI runtime that the engine knows: `runc` where none is given. */
  readonly runtime?: string;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly clock: Clock;
}

/** What is known once of the engine and of this process. */
interface Place {
  /** `sha256:…` of the runner image. */
  readonly digest: string;
  /** True where the engine runs in a user namespace. */
  readonly inNamespace: boolean;
  /** This process, as the label of its containers. */
  readonly owner: string;
}

/** The launcher on an engine that this process may talk to. */
export class LocalLauncher implements Launcher, AsyncDisposable {
  readonly #engine: Engine;
  readonly #options: LocalLauncherOptions;
  readonly #place: Place;
  /** Names by id of what was made and not yet removed; a name is known before its container is made. */
  readonly #names = new Set<string>();
  readonly #nameOf = new Map<string, string>();
  readonly #sweeps: NodeJS.Timeout;

  private constructor(engine: Engine, place: Place, options: LocalLauncherOptions) {
    this.#engine = engine;
    this.#place = place;
    this.#options = options;
    this.#sweeps = setInterval(() => void this.#sweepAgain(), SWEEP_MS);
    this.#sweeps.unref();
  }

  /**
   * Looks up the image, removes orphans of this and of dead instances, and gives a ready launcher.
   *
   * @throws {TimeLimitError} if the engine does not answer, or its error if the image is missing.
   * @throws {UnknownRuntimeError} if the engine does not know the runtime.
   */
  static async open(options: LocalLauncherOptions): Promise<LocalLauncher> {
    const engine = new Engine(options.socketPath, options.callTimeoutMs);
    const digest = await engine.imageDigest(options.image);
    const { runtimes, inNamespace } = await engine.about();
    const { runtime = DEFAULT_RUNTIME } = options;
    if (runtime !== DEFAULT_RUNTIME && !runtimes.includes(runtime))
      throw new UnknownRuntimeError(runtime, runtimes);
    const launcher = new LocalLauncher(engine, { digest, inNamespace, owner: await ownerLabel() }, options);
    try {
      await launcher.#sweep();
    } catch (error) {
      clearInterval(launcher.#sweeps);
      throw error;
    }
    return launcher;
  }

  async about(): Promise<LauncherAbout> {
    // Not a ping: without its image an engine that answers is of no use.
    await this.#engine.imageDigest(this.#place.digest);
    return { runtimeDigest: this.#place.digest, runtime: this.#options.runtime ?? DEFAULT_RUNTIME, cpu: CPU };
  }

  async start(limits: ContainerLimits): Promise<StartedContainer> {
    const name = `mcp-multiplayer-bot-${randomHex(8)}`;
    const { instance, seccomp, runtime } = this.#options;
    const optional = { ...(seccomp ? { seccomp } : {}), ...(runtime ? { runtime } : {}) };
    const fixed = {
      user: containerUser(this.#place.inNamespace),
      image: this.#place.digest,
      instance,
      owner: this.#place.owner,
      ...optional,
    };
    this.#names.add(name);
    let id: string | undefined;
    try {
      id = await this.#engine.create({ ...fixed, name, limits });
      this.#nameOf.set(id, name);
      const pipe = await this.#engine.attach(id);
      try {
        await this.#engine.start(id);
      } catch (error) {
        pipe.destroy();
        throw error;
      }
      return { id, name, runtimeDigest: fixed.image, pipe };
    } catch (error) {
      if (id) await this.remove(id);
      this.#names.delete(name);
      throw error;
    }
  }

  ranOutOfMemory(id: string): Promise<boolean> {
    return this.#engine.ranOutOfMemory(id).catch(() => false);
  }

  async remove(id: string): Promise<void> {
    try {
      await this.#engine.remove(id);
    } finally {
      // What could not be removed is the next sweep's: by then nobody knows its name.
      this.#names.delete(this.#nameOf.get(id) ?? '');
      this.#nameOf.delete(id);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeps);
    await Promise.allSettled([...this.#nameOf.keys()].map((id) => this.remove(id)));
    // Takes what could not be removed while the engine was away.
    await this.#sweepAgain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #sweep(): Promise<void> {
    const self = {
      instance: this.#options.instance,
      owner: this.#place.owner,
      knows: (name: string) => this.#names.has(name),
    };
    const removed = await reap(this.#engine, self, this.#options.clock.now());
    if (removed > 0) this.#options.log.info({ removed }, 'Orphaned containers were removed.');
  }

  async #sweepAgain(): Promise<void> {
    await this.#sweep().catch((error: unknown) =>
      this.#options.log.warn({ error: String(error) }, 'A sweep failed.'),
    );
  }
}
