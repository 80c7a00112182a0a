import type { BotProgram, SandboxStatus } from '../port.ts';
import { BotContainer } from './container.ts';
import { Gate } from './gate.ts';
import type { Launcher } from '../../launcher/port.ts';
import type { SandboxLog } from './options.ts';

/** No container can be had: all are at work, or the pool is closed. */
class CapacityError extends Error {
  override readonly name = 'CapacityError';
}

export interface PoolOptions {
  readonly launcher: Launcher;
  readonly idleMs: number;
  readonly maxContainers: number;
  readonly startLimitMs: number;
  /** Starts at once: more would only slow each other down, into their time limits. */
  readonly startsAtOnce: number;
  readonly log: SandboxLog;
}

/** What is known of one key: its container where there is one, and who is waiting for it. */
interface Entry {
  readonly key: string;
  phase: 'starting' | 'idle' | 'busy';
  container?: BotContainer;
  /** True while it counts against the cap. */
  placed: boolean;
  idleTimer?: NodeJS.Timeout;
  /** Users of this key, the one at work included. */
  users: number;
  turn: Promise<void>;
}

/** Containers by key: started on first use, one user at a time, removed when idle or lost. */
export class ContainerPool {
  readonly #options: PoolOptions;
  /** In order of last use: the first idle one has been idle for longest. */
  readonly #entries = new Map<string, Entry>();
  readonly #removals = new Map<BotContainer, Promise<void>>();
  readonly #starts: Gate;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#starts = new Gate(options.startsAtOnce);
  }

  /**
   * Runs a job in the key's container, after those asked for earlier. A container that the job
   * leaves lost, or that holds other code, is never used again.
   *
   * @throws {CapacityError} if no container can be had, else what starting one or the job throws.
   */
  async use<T>(program: BotProgram, job: (container: BotContainer) => Promise<T>): Promise<T> {
    const entry = this.#enter(program.key);
    const before = entry.turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    entry.turn = promise;
    await before;
    try {
      const container = await this.#containerFor(entry, program);
      entry.phase = 'busy';
      return await job(container);
    } finally {
      resolve();
      this.#leave(entry);
    }
  }

  /** Removes the key's container when its users are done. */
  async release(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (!entry) return;
    while (entry.users > 0) await entry.turn;
    await this.#drop(entry);
  }

  /** Takes a container out of service; its key gets a new one on next use. */
  discard(program: BotProgram): void {
    const entry = this.#entries.get(program.key);
    if (entry) void this.#drop(entry);
  }

  status(): SandboxStatus {
    const containers = { starting: 0, blank: 0, idle: 0, busy: 0, removing: this.#removals.size };
    for (const entry of this.#entries.values()) if (entry.placed) containers[entry.phase]++;
    return { containers, waiting: 0 };
  }

  /** Removes every container; those at work lose theirs. Nothing can be had afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    const entries = [...this.#entries.values()];
    // One that is still starting is dropped by its user as soon as it has started.
    await Promise.all(
      entries.map(async (entry) => {
        await this.#drop(entry);
        await entry.turn;
        await this.#drop(entry);
      }),
    );
    await Promise.all(this.#removals.values());
  }

  #enter(key: string): Entry {
    if (this.#closed) throw new CapacityError('The sandbox is closed.');
    const entry = this.#entries.get(key) ?? {
      key,
      phase: 'starting',
      placed: false,
      users: 0,
      turn: Promise.resolve(),
    };
    // Set again, so that it moves to the end of the order.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users++;
    clearTimeout(entry.idleTimer);
    return entry;
  }

  #leave(entry: Entry): void {
    entry.users--;
    if (entry.container?.isLost || this.#closed) void this.#drop(entry);
    if (entry.users > 0) return;
    entry.phase = 'idle';
    if (!entry.container) {
      if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
      return;
    }
    entry.idleTimer = setTimeout(() => void this.#drop(entry), this.#options.idleMs);
    entry.idleTimer.unref();
  }

  async #containerFor(entry: Entry, program: BotProgram): Promise<BotContainer> {
    const held = entry.container;
    const fits = held?.loaded === undefined || held.loaded === program.codeHash;
    if (held && fits && !held.isLost) return held;
    await this.#drop(entry);
    // Dropped while it waited: it is known again from here on.
    this.#entries.set(entry.key, entry);
    await this.#takePlace(entry);
    return this.#start(entry, program);
  }

  async #start(entry: Entry, { limits }: BotProgram): Promise<BotContainer> {
    const { launcher, startLimitMs } = this.#options;
    try {
      entry.container = await this.#starts.run(async () => {
        if (this.#closed) throw new CapacityError('The sandbox is closed.');
        return BotContainer.start(launcher, limits, startLimitMs);
      });
    } catch (error) {
      entry.placed = false;
      throw error;
    }
    this.#watch(entry, entry.container);
    return entry.container;
  }

  /** A container that is lost while nobody uses it is removed at once. */
  #watch(entry: Entry, container: BotContainer): void {
    void container.lost.then(() => {
      if (entry.container === container && entry.users === 0) void this.#drop(entry);
    });
  }

  /**
   * Counts the entry's container against the cap before it starts; idle ones make room for it.
   * Looked at again after every wait, for others take places meanwhile.
   */
  async #takePlace(entry: Entry): Promise<void> {
    const { maxContainers } = this.#options;
    while (this.#placesTaken() >= maxContainers) {
      const idle = [...this.#entries.values()].find((one) => one.placed && one.users === 0);
      if (idle) await this.#drop(idle);
      else if (this.#removals.size > 0) await Promise.race(this.#removals.values());
      else throw new CapacityError(`All ${maxContainers} containers are at work.`);
    }
    entry.phase = 'starting';
    entry.placed = true;
  }

  /** A container that is being removed still takes its memory. */
  #placesTaken(): number {
    const named = [...this.#entries.values()].filter((entry) => entry.placed);
    return named.length + this.#removals.size;
  }

  #drop(entry: Entry): Promise<void> {
    clearTimeout(entry.idleTimer);
    const { container } = entry;
    if (entry.users === 0 && this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    if (!container) return Promise.resolve();
    delete entry.container;
    entry.placed = false;
    const removal = this.#remove(container).finally(() => this.#removals.delete(container));
    this.#removals.set(container, removal);
    return removal;
  }

  async #remove(container: BotContainer): Promise<void> {
    try {
      await container.remove();
    } catch (error) {
      // The next sweep takes it: by then nobody knows its name.
      this.#options.log.warn(
        { container: container.name, error: String(error) },
        'A container was not removed.',
      );
    }
  }
}
