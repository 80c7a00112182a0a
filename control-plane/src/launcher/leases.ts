import type { Socket } from 'node:net';
import type { Logger } from '../kernel/logger.ts';
import { type ContainerLimits, type Launcher, LauncherError, type StartedContainer } from './port.ts';

/** Containers whose first process ran out of memory are remembered, so many of them. */
const REMEMBERED = 1000;

/** A container, for as long as the connection that asked for it. */
interface Lease {
  readonly container: StartedContainer;
  readonly connection: Socket;
  /** Asked for when the container ends before its connection does. */
  outOfMemory?: Promise<boolean>;
  readonly gone: PromiseWithResolvers<void>;
}

export interface LeasesOptions {
  readonly launcher: Pick<Launcher, 'start' | 'ranOutOfMemory' | 'remove'>;
  readonly maxContainers: number;
  readonly log: Pick<Logger, 'warn'>;
}

/** Which connection holds which container; the end of the one is the end of the other. */
export class Leases {
  readonly #options: LeasesOptions;
  readonly #leases = new Map<string, Lease>();
  readonly #ranOut = new Set<string>();
  /** Containers that are being started, live, or being removed. */
  #places = 0;

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
    let container: StartedContainer;
    try {
      container = await launcher.start(limits);
    } catch (error) {
      this.#places--;
      throw error;
    }
    const lease: Lease = { container, connection, gone: Promise.withResolvers() };
    lease.gone.promise.catch(() => undefined);
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
    await lease.gone.promise;
  }

  /** Ends every lease and waits until the containers are gone. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#leases.keys()].map((id) => this.remove(id)));
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

  async #end(lease: Lease): Promise<void> {
    const { id, name, pipe } = lease.container;
    // First the pipe: with an unread one the engine's kill would hang.
    pipe.destroy();
    try {
      await lease.outOfMemory;
      await this.#options.launcher.remove(id);
      lease.gone.resolve();
    } catch (error) {
      this.#options.log.warn({ container: name, error: String(error) }, 'A container was not removed.');
      lease.gone.reject(error);
    } finally {
      this.#leases.delete(id);
      this.#places--;
    }
  }
}
