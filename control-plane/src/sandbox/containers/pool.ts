import type { BotProgram, SandboxStatus } from '../port.ts';
import type { BotContainer } from './container.ts';
import { type Entry, takesPlace, victimOf } from './entry.ts';
import { ClosedError } from './no-container.ts';
import { ContainerSupply, type Grant, type SupplyOptions } from './supply.ts';

export interface PoolOptions extends SupplyOptions {
  readonly idleMs: number;
}

/** Containers by key: one user at a time, removed when idle or lost. */
export class ContainerPool {
  readonly #options: PoolOptions;
  /** Idle ones in the order in which they became so. */
  readonly #entries = new Map<string, Entry>();
  readonly #supply: ContainerSupply;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#supply = new ContainerSupply(options, {
      held: () => [...this.#entries.values()].filter(takesPlace).length,
      giveWay: () => this.#giveWay(),
    });
  }

  /**
   * Runs a job in the key's container, after those asked for earlier. A container that the job
   * leaves lost, or in which other code ran, is never used again.
   *
   * @throws {NoCapacityError} if none becomes free in time, {ClosedError}, else what starting one or the
   *   job throws.
   */
  async use<T>(program: BotProgram, job: (container: BotContainer) => Promise<T>): Promise<T> {
    const entry = this.#enter(program);
    const before = entry.turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    entry.turn = promise;
    try {
      if (entry.users > 1) await before;
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
    const { starting, blank, removing, waiting } = this.#supply;
    const containers = { starting, blank, idle: 0, busy: 0, removing };
    for (const { phase, container } of this.#entries.values()) {
      if (phase === 'starting') containers.starting++;
      else if (container && phase !== 'waiting') containers[phase]++;
    }
    return { containers, waiting };
  }

  /** Removes every container; those at work lose theirs. Nothing can be had afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#supply.close();
    const entries = [...this.#entries.values()];
    // One that is still starting is dropped by its user as soon as it has started.
    await Promise.all(
      entries.map(async (entry) => {
        await this.#drop(entry);
        await entry.turn;
        await this.#drop(entry);
      }),
    );
    await this.#supply.emptied();
  }

  #enter({ key, group }: BotProgram): Entry {
    if (this.#closed) throw new ClosedError();
    const known = this.#entries.get(key);
    const entry: Entry = known ?? { key, group, phase: 'waiting', users: 0, turn: Promise.resolve() };
    if (!known) this.#entries.set(key, entry);
    entry.users++;
    clearTimeout(entry.idleTimer);
    return entry;
  }

  #leave(entry: Entry): void {
    entry.users--;
    if (entry.container?.isLost || this.#closed) void this.#drop(entry);
    if (entry.users > 0) return;
    // The last in the order of those that are idle.
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    if (!entry.container) return;
    this.#entries.set(entry.key, entry);
    entry.phase = 'idle';
    entry.idleTimer = setTimeout(() => void this.#drop(entry), this.#options.idleMs);
    entry.idleTimer.unref();
    if (this.#supply.waiting > 0) this.#supply.serve();
  }

  async #containerFor(entry: Entry, program: BotProgram): Promise<BotContainer> {
    const from = performance.now();
    const held = entry.container;
    // What the job before left may cost the container, which is no fault of this one.
    if (held?.clearing) await held.clearing;
    if (held && held === entry.container && !held.isLost && held.fits(program.codeHash)) {
      this.#options.events.claim('held', performance.now() - from);
      return held;
    }
    void this.#drop(entry);
    const { group, limits } = program;
    const onGranted = () => {
      entry.phase = 'starting';
    };
    const grant = await this.#supply.get({ group, limits, onGranted });
    const container = await this.#fill(entry, grant);
    this.#options.events.claim(grant.source, performance.now() - from);
    return container;
  }

  async #fill(entry: Entry, grant: Grant): Promise<BotContainer> {
    try {
      entry.container = await grant.container;
    } catch (error) {
      entry.phase = 'waiting';
      throw error;
    } finally {
      // A start has ended, well or not: another may begin.
      this.#supply.serve();
    }
    const { container } = entry;
    // One that is lost while nobody uses it is removed at once.
    void container.lost.then(() => {
      if (entry.container === container && entry.users === 0) void this.#drop(entry);
    });
    if (this.#closed) throw new ClosedError();
    return container;
  }

  #giveWay(): boolean {
    const victim = victimOf(this.#entries.values());
    if (victim) void this.#drop(victim);
    return victim !== undefined;
  }

  #drop(entry: Entry): Promise<void> {
    clearTimeout(entry.idleTimer);
    const { container } = entry;
    if (entry.users === 0 && this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    if (!container) return Promise.resolve();
    delete entry.container;
    entry.phase = 'waiting';
    return this.#supply.remove(container);
  }
}
