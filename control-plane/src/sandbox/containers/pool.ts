import type { ContainerLimits } from '../../launcher/port.ts';
import type { ClaimSource } from '../../kernel/metrics.ts';
import type { BotProgram, SandboxStatus } from '../port.ts';
import { Blanks } from './blanks.ts';
import type { BotContainer } from './container.ts';
import { type Entry, longestIdle } from './entry.ts';
import { Gate } from './gate.ts';
import { NoCapacityError, Places } from './places.ts';
import type { SandboxLog } from './options.ts';

/** Starts at once: more would only slow each other down, into their time limits. */
const STARTS_AT_ONCE = 4;

export interface PoolOptions {
  readonly idleMs: number;
  readonly maxContainers: number;
  readonly capacityWaitMs: number;
  readonly blank: { readonly size: number; readonly refillPerS: number; readonly limits: ContainerLimits };
  readonly log: SandboxLog;
  /** Makes a container that is greeted and holds nothing. */
  start(limits: ContainerLimits): Promise<BotContainer>;
  /** Told how a bot got its container, and after how long, ms. */
  onClaim(source: ClaimSource, ms: number): void;
}

/** Containers by key: claimed or started on first use, one user at a time, removed when idle or lost. */
export class ContainerPool {
  readonly #options: PoolOptions;
  /** In order of last use: the first idle one has been idle for longest. */
  readonly #entries = new Map<string, Entry>();
  readonly #removals = new Map<BotContainer, Promise<void>>();
  readonly #starts = new Gate(STARTS_AT_ONCE);
  readonly #places: Places;
  readonly #blanks: Blanks;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#places = new Places({
      max: options.maxContainers,
      waitMs: options.capacityWaitMs,
      onShort: () => this.#makeRoom(),
    });
    this.#blanks = new Blanks({
      ...options.blank,
      places: this.#places,
      start: (limits) => this.#starts.run(() => options.start(limits)),
      remove: (container) => this.#remove(container),
    });
  }

  /**
   * Runs a job in the key's container, after those asked for earlier. A container that the job
   * leaves lost, or that holds other code, is never used again.
   *
   * @throws {NoCapacityError} if no container can be had, else what starting one or the job throws.
   */
  async use<T>(program: BotProgram, job: (container: BotContainer) => Promise<T>): Promise<T> {
    const entry = this.#enter(program);
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
    const { starting, count: blank } = this.#blanks;
    const containers = { starting, blank, idle: 0, busy: 0, removing: this.#removals.size };
    for (const { phase } of this.#entries.values()) if (phase !== 'waiting') containers[phase]++;
    return { containers, waiting: this.#places.waiting };
  }

  /** Removes every container; those at work lose theirs. Nothing can be had afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#places.close();
    const entries = [...this.#entries.values()];
    // One that is still starting is dropped by its user as soon as it has started.
    await Promise.all(
      entries.map(async (entry) => {
        await this.#drop(entry);
        await entry.turn;
        await this.#drop(entry);
      }),
    );
    await this.#blanks.close();
    await Promise.all(this.#removals.values());
  }

  #enter({ key, group }: BotProgram): Entry {
    this.#refuseIfClosed();
    const known = this.#entries.get(key);
    const entry: Entry = known ?? { key, group, phase: 'waiting', users: 0, turn: Promise.resolve() };
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
    if (!entry.container) {
      if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
      return;
    }
    entry.phase = 'idle';
    entry.idleTimer = setTimeout(() => void this.#drop(entry), this.#options.idleMs);
    entry.idleTimer.unref();
    this.#makeRoom();
  }

  async #containerFor(entry: Entry, program: BotProgram): Promise<BotContainer> {
    const began = performance.now();
    const held = entry.container;
    // What the job before left may have cost the container, which is no fault of this one.
    await held?.cleared();
    const fits = held?.loaded === undefined || held.loaded === program.codeHash;
    if (held && fits && !held.isLost) return held;
    await this.#drop(entry);
    // Dropped while it waited: it is known again from here on.
    this.#entries.set(entry.key, entry);
    this.#refuseIfClosed();
    const blank = this.#blanks.claim(program.limits);
    const container = blank ?? (await this.#start(entry, program));
    entry.container = container;
    this.#watch(entry, container);
    this.#options.onClaim(blank ? 'warm' : 'cold', performance.now() - began);
    return container;
  }

  async #start(entry: Entry, { group, limits }: BotProgram): Promise<BotContainer> {
    await this.#places.take(group);
    try {
      entry.phase = 'starting';
      return await this.#starts.run(async () => {
        this.#refuseIfClosed();
        return this.#options.start(limits);
      });
    } catch (error) {
      this.#places.giveBack();
      throw error;
    } finally {
      entry.phase = 'waiting';
    }
  }

  /** A container that is lost while nobody uses it is removed at once. */
  #watch(entry: Entry, container: BotContainer): void {
    void container.lost.then(() => {
      if (entry.container === container && entry.users === 0) void this.#drop(entry);
    });
  }

  /** While more wait than places are about to come free, what idles gives way: blank ones first. */
  #makeRoom(): void {
    while (this.#places.waiting > this.#removals.size) {
      if (this.#blanks.yieldOne()) continue;
      const idle = longestIdle(this.#entries.values());
      if (!idle) return;
      void this.#drop(idle);
    }
  }

  #drop(entry: Entry): Promise<void> {
    clearTimeout(entry.idleTimer);
    const { container } = entry;
    if (entry.users === 0 && this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    if (!container) return Promise.resolve();
    delete entry.container;
    entry.phase = 'waiting';
    return this.#remove(container);
  }

  /** Removes a container; its place is free when it is gone, for until then it takes its memory. */
  #remove(container: BotContainer): Promise<void> {
    const removal = container
      .remove()
      .catch((error: unknown) =>
        // The launcher's next sweep takes it: by then nobody knows its name.
        this.#options.log.warn(
          { container: container.name, error: String(error) },
          'A container was not removed.',
        ),
      )
      .finally(() => {
        this.#removals.delete(container);
        this.#places.giveBack();
      });
    this.#removals.set(container, removal);
    return removal;
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw new NoCapacityError('The sandbox is closed.');
  }
}
