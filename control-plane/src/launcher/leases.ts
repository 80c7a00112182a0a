import type { Socket } from 'node:net';
import type { Logger } from '../kernel/logger.ts';
import { persist } from '../kernel/persist.ts';
import { type ContainerLimits, type Launcher, LauncherError, type StartedContainer } from './port.ts';

/** Containers whose first process ran out of memory are remembered, so many of them. */
const REMEMBERED = 1000;
/** Until a container that could not be removed is removed again, ms. */
const REMOVAL_PAUSE_MS = 1000;

/** A container, for as long as the connection that asked for it. */
interface Lease {
  readonly container: StartedContainer;
  readonly connection: Socket;
  /** Asked for when the container ends before its connection does. */
  outOfMemory?: Promise<boolean>;
  /** The attempt to remove it that is under way or comes next. */
  removal: PromiseWithResolvers<void>;
  /** Resolves when it is gone or was given up. */
  readonly ended: PromiseWithResolvers<void>;
}

export interface LeasesOptions {
  readonly launcher: Pick<Launcher, 'start' | 'ranOutOfMemory' | 'remove'>;
  readonly maxContainers: number;
  readonly log: Pick<Logger, 'warn'>;
  /** Between two attempts to remove a container, ms. */
  readonly removalPauseMs?: number;
}

/** Which connection holds which container; the end of the one is the end of the other. */
export class Leases {
  readonly #options: LeasesOptions;
  readonly #leases = new Map<string, Lease>();
  readonly #ranOut = new Set<string>();
  /** Containers that are being started, live, or being removed. */
  #places = 0;
  readonly #starts = new Set<Promise<StartedContainer>>();
  readonly #stop = new AbortController();

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  /**
   * Starts a container for a connection. One that has ended meanwhile gets it all the same: it is
   * removed at once.
   *
   * @throws {LauncherError} `full`; what the launcher throws
   */
  async start(connection: Socket, limits: ContainerLimits): Promise<StartedContainer> {
    const { launcher, maxContainers } = this.#options;
    if (this.#places >= maxContainers)
      throw new LauncherError('full', `All ${maxContainers} containers are taken.`);
    this.#places++;
    const start = launcher.start(limits).then((container) => this.#hold(container, connection));
    this.#starts.add(start);
    try {
      return await start;
    } catch (error) {
      this.#places--;
      throw error;
    } finally {
      this.#starts.delete(start);
    }
  }

  #hold(container: StartedContainer, connection: Socket): StartedContainer {
    const lease: Lease = { container, connection, removal: nextRemoval(), ended: Promise.withResolvers() };
    this.#leases.set(container.id, lease);
    container.pipe.on('error', () => container.pipe.destroy());
    container.pipe.once('end', () => {
      lease.outOfMemory = this.#askForMemory(container.id);
    });
    if (connection.destroyed) void this.#end(lease);
    else connection.once('close', () => void this.#end(lease));
    return container;
  }

  /** @throws {LauncherError} `unknown_container` */
  async ranOutOfMemory(id: string): Promise<boolean> {
    if (this.#ranOut.has(id)) return true;
    // The answer of a container that has ended was asked for then; it may be gone by now.
    return this.#known(id).outOfMemory ?? this.#options.launcher.ranOutOfMemory(id);
  }

  /** Resolves when the container is gone. @throws {LauncherError} `unknown_container`; the engine's error */
  async remove(id: string): Promise<void> {
    const lease = this.#known(id);
    lease.connection.destroy();
    await lease.removal.promise;
  }

  /** Ends every lease, those of starts under way too, and tries once more to remove what is left. */
  async close(): Promise<void> {
    this.#stop.abort();
    while (this.#starts.size > 0) await Promise.allSettled(this.#starts);
    const leases = [...this.#leases.values()];
    for (const { connection } of leases) connection.destroy();
    await Promise.all(leases.map(({ ended }) => ended.promise));
  }

  #known(id: string): Lease {
    const lease = this.#leases.get(id);
    if (!lease) throw new LauncherError('unknown_container', 'No connection of this launcher holds it.');
    return lease;
  }

  async #askForMemory(id: string): Promise<boolean> {
    const ranOut = await this.#options.launcher.ranOutOfMemory(id).catch(() => false);
    if (ranOut) this.#remember(id);
    return ranOut;
  }

  #remember(id: string): void {
    this.#ranOut.add(id);
    const [oldest] = this.#ranOut;
    if (this.#ranOut.size > REMEMBERED && oldest !== undefined) this.#ranOut.delete(oldest);
  }

  /** Until it is gone it keeps its place: it still takes its memory. */
  async #end(lease: Lease): Promise<void> {
    const { id, name, pipe } = lease.container;
    // First the pipe: with an unread one the engine's kill would hang.
    pipe.destroy();
    await lease.outOfMemory;
    let failures = 0;
    await persist(() => this.#options.launcher.remove(id), {
      pauseMs: this.#options.removalPauseMs ?? REMOVAL_PAUSE_MS,
      signal: this.#stop.signal,
      onFailure: (error) => {
        if (failures++ === 0)
          this.#options.log.warn({ container: name, error: String(error) }, 'A container was not removed.');
        const failed = lease.removal;
        lease.removal = nextRemoval();
        failed.reject(error);
      },
    });
    this.#leases.delete(id);
    this.#places--;
    lease.removal.resolve();
    lease.ended.resolve();
  }
}

function nextRemoval(): PromiseWithResolvers<void> {
  const removal = Promise.withResolvers<void>();
  removal.promise.catch(() => undefined);
  return removal;
}
