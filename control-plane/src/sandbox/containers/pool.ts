import type { ContainerLimits, Launcher } from '../../launcher/port.ts';
import type { BotProgram, SandboxStatus } from '../port.ts';
import { Blanks } from './blanks.ts';
import type { BotContainer } from './container.ts';
import { type Entry, takesPlace, victimOf } from './entry.ts';
import { ClosedError } from './no-container.ts';
import type { SandboxEvents, SandboxLog } from './options.ts';
import { Removals } from './removals.ts';
import { Starts } from './starts.ts';
import { WaitingRoom } from './waiting-room.ts';

/** Bots that wait for a container at once; those beyond are told at once that there is none. */
const WAITING_AT_ONCE = 300;

export interface PoolOptions {
  readonly launcher: Launcher;
  readonly idleMs: number;
  readonly maxContainers: number;
  readonly capacityWaitMs: number;
  readonly poolSize: number;
  readonly poolRefillPerS: number;
  readonly limits: ContainerLimits;
  readonly startLimitMs: number;
  readonly log: SandboxLog;
  readonly events: SandboxEvents;
}

interface Applicant {
  readonly entry: Entry;
  readonly group: string;
  readonly size: ContainerLimits;
}

/** A container that was a blank one or was started, at once or as a promise. */
interface Grant {
  readonly source: 'warm' | 'cold';
  readonly container: Promise<BotContainer>;
}

interface Filled {
  readonly source: Grant['source'];
  readonly container: BotContainer;
}

/**
 * Containers by key: a blank one or one started on first use, one user at a time, removed when idle or
 * lost. Where all are at work, bots wait in turns.
 */
export class ContainerPool {
  readonly #options: PoolOptions;
  /** Idle ones in the order in which they became so. */
  readonly #entries = new Map<string, Entry>();
  readonly #removals: Removals;
  readonly #starts: Starts;
  readonly #blanks: Blanks;
  readonly #room: WaitingRoom<Applicant, Grant>;
  #changes = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#removals = new Removals(options.log, () => this.#serve());
    this.#starts = new Starts(options);
    this.#room = new WaitingRoom(options.capacityWaitMs, WAITING_AT_ONCE);
    this.#blanks = new Blanks({
      count: options.poolSize,
      size: options.limits,
      refillPerS: options.poolRefillPerS,
      start: (size) => this.#start(size),
      remove: (container) => this.#removals.remove(container),
      mayStart: () => this.#mayStartBlank(),
      onChange: () => this.#serve(),
    });
    this.#blanks.refill();
  }

  /** Changes whenever a container has come or was lost, and so may come from another launcher. */
  get changes(): number {
    return this.#changes;
  }

  /** True while a container runs. */
  get isAlive(): boolean {
    return this.#blanks.ready > 0 || [...this.#entries.values()].some(({ container }) => container);
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
    const counts = {
      waiting: 0,
      starting: this.#blanks.starting,
      blank: this.#blanks.ready,
      idle: 0,
      busy: 0,
    };
    for (const entry of this.#entries.values()) if (takesPlace(entry)) counts[entry.phase]++;
    const { waiting: _none, ...containers } = counts;
    return { containers: { ...containers, removing: this.#removals.size }, waiting: this.#room.size };
  }

  /** Removes every container; those at work lose theirs. Nothing can be had afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#starts.close();
    this.#room.close(new ClosedError());
    const entries = [...this.#entries.values()];
    // One that is still starting is dropped by its user as soon as it has started.
    await Promise.all([
      this.#blanks.close(),
      ...entries.map(async (entry) => {
        await this.#drop(entry);
        await entry.turn;
        await this.#drop(entry);
      }),
    ]);
    await this.#removals.settled();
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
    if (this.#room.size > 0) this.#serve();
  }

  async #containerFor(entry: Entry, program: BotProgram): Promise<BotContainer> {
    const from = performance.now();
    const held = entry.container;
    if (held?.clearing) await held.clearing;
    if (held && held === entry.container && !held.isLost && held.fits(program.codeHash)) {
      this.#options.events.claim('held', performance.now() - from);
      return held;
    }
    void this.#drop(entry);
    const { source, container } = await this.#fill(entry, program);
    this.#options.events.claim(source, performance.now() - from);
    return container;
  }

  /** Gets the entry a container of its own. */
  async #fill(entry: Entry, { group, limits }: BotProgram): Promise<Filled> {
    const grant = await this.#ask({ entry, group, size: limits });
    let container: BotContainer;
    try {
      container = await grant.container;
    } catch (error) {
      entry.phase = 'waiting';
      this.#serve();
      throw error;
    }
    entry.container = container;
    this.#watch(entry, container);
    if (this.#closed) throw new ClosedError();
    this.#blanks.refill();
    return { source: grant.source, container };
  }

  #ask(applicant: Applicant): Grant | Promise<Grant> {
    if (this.#closed) throw new ClosedError();
    const grant = this.#room.size === 0 ? this.#offer(applicant) : undefined;
    if (grant) {
      this.#blanks.refill();
      return grant;
    }
    const granted = this.#room.wait(applicant);
    this.#serve();
    return granted;
  }

  /** A blank container, or a place for one of its own; taken as soon as it is offered. */
  #offer({ entry, size }: Applicant): Grant | undefined {
    const blank = this.#blanks.take(size);
    const hasRoom = this.#placesTaken() < this.#options.maxContainers;
    if (!blank && !hasRoom) return undefined;
    entry.phase = 'starting';
    if (blank) return { source: blank.wasReady ? 'warm' : 'cold', container: blank.container };
    return { source: 'cold', container: this.#start(size) };
  }

  /** Whenever a place or a container may have become free: serves those who wait, or makes room for them. */
  #serve(): void {
    if (this.#closed) return;
    this.#room.serve((applicant) => this.#offer(applicant));
    for (let missing = this.#room.size - this.#removals.size; missing > 0; missing--) {
      if (!this.#makeRoom()) break;
    }
    this.#blanks.refill();
  }

  #makeRoom(): boolean {
    if (this.#blanks.giveWay()) return true;
    const victim = victimOf(this.#entries.values());
    if (victim) void this.#drop(victim);
    return victim !== undefined;
  }

  async #start(size: ContainerLimits): Promise<BotContainer> {
    const container = await this.#starts.start(size);
    this.#changes++;
    void container.lost.then((loss) => {
      this.#changes++;
      if (loss.how === 'closed') return;
      const { name, stderrTail, lastClean } = container;
      const cleared = lastClean && { cpu_us: lastClean.cpuUs, cleanup_us: lastClean.cleanupUs };
      const fields = { container: name, reason: loss.message, stderr: stderrTail, ...cleared };
      this.#options.log.warn(fields, 'a container was lost');
      this.#options.events.kill(loss.how === 'residue' ? 'residue' : 'lost');
    });
    return container;
  }

  /** A container that is lost while nobody uses it is removed at once. */
  #watch(entry: Entry, container: BotContainer): void {
    void container.lost.then(() => {
      if (entry.container === container && entry.users === 0) void this.#drop(entry);
    });
  }

  #mayStartBlank(): boolean {
    const hasRoom = this.#placesTaken() < this.#options.maxContainers;
    return hasRoom && this.#room.size === 0 && this.#starts.isOpen;
  }

  #placesTaken(): number {
    const held = [...this.#entries.values()].filter(takesPlace).length;
    return held + this.#blanks.ready + this.#blanks.starting + this.#removals.size;
  }

  #drop(entry: Entry): Promise<void> {
    clearTimeout(entry.idleTimer);
    const { container } = entry;
    if (entry.users === 0 && this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    if (!container) return Promise.resolve();
    delete entry.container;
    entry.phase = 'waiting';
    return this.#removals.remove(container);
  }
}
