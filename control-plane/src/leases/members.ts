import { isDeepStrictEqual } from 'node:util';
import type { IdentityRecord, RecordStore } from '../identity/records.ts';
import type { Clock } from '../kernel/clock.ts';
import { withinMs } from '../kernel/within.ts';

/** How often whoever wants to know may ask for the others' beats, ms. */
const HEAR_AGAIN_MS = 1_000;
/** What of a record tells where it is. */
const KIND = 'server';
const OWNER = 'servers';
/** A record that nobody renews any more is swept after this, ms. */
const KEPT_MS = 24 * 3_600_000;
/** Beats in the time of a lease: one may be lost, and one late. */
const BEATS = 4;
/** Part of a lease after which a server that cannot beat stops acting on it: others count from a later moment. */
const SAFE_PART = 0.75;
/** How long the end waits for the store, ms. */
const LEAVE_MS = 2_000;

/** A server as its last beat told. */
export interface Member {
  readonly id: string;
  /** The server's own clock at that beat, ms since the epoch. */
  readonly clock: number;
}

/** A beat of another server, and since when it has been the newest (monotonic, ms). */
interface Heard {
  readonly value: IdentityRecord['value'];
  readonly since: number;
}

export interface MembersOptions {
  readonly records: RecordStore;
  readonly clock: Clock;
  /** Of this server, made anew at each start. */
  readonly id: string;
  /** Silence after which a server counts as gone, ms. */
  readonly leaseMs: number;
  /** Told of a beat that could not be written. */
  readonly onTrouble: (error: unknown) => void;
  /** A clock that only goes forward, ms; tests bring their own. */
  readonly monotonic?: () => number;
}

/**
 * The servers of one store, by their heartbeats. No clock is compared with another's: each server
 * counts by its own monotonic clock for how long a beat has not changed.
 */
export class Members implements AsyncDisposable {
  readonly #options: MembersOptions;
  readonly #now: () => number;
  readonly #heard = new Map<string, Heard>();
  readonly #timer: NodeJS.Timeout;
  #beat = 0;
  #own: IdentityRecord | undefined;
  /** Until when the others cannot count this server as gone (monotonic, ms). */
  #safeUntil = Number.NEGATIVE_INFINITY;
  #beating: Promise<void> = Promise.resolve();
  /** When the others were last asked, of those times that they were heard (monotonic, ms). */
  #heardAt = Number.NEGATIVE_INFINITY;
  /** The listening that {@link hearSoon} waits for, where one is under way. */
  #hearing: Promise<void> | undefined;
  #closed = false;

  private constructor(options: MembersOptions) {
    this.#options = options;
    this.#now = options.monotonic ?? (() => performance.now());
    this.#timer = setInterval(() => void this.beat(), options.leaseMs / BEATS);
    this.#timer.unref();
  }

  /** Joins the servers of the store. @throws STORE_UNAVAILABLE */
  static async join(options: MembersOptions): Promise<Members> {
    const members = new Members(options);
    try {
      await members.#write();
      await members.#listen();
      return members;
    } catch (error) {
      clearInterval(members.#timer);
      throw error;
    }
  }

  get id(): string {
    return this.#options.id;
  }

  /** False when this server was silent so long that others may have counted it as gone. */
  get safe(): boolean {
    return !this.#closed && this.#now() < this.#safeUntil;
  }

  /** Writes a beat and hears the others'. Never throws. */
  beat(): Promise<void> {
    this.#beating = this.#beating.then(async () => {
      if (this.#closed) return;
      try {
        await this.#write();
        await this.#listen();
      } catch (error) {
        this.#options.onTrouble(error);
      }
    });
    return this.#beating;
  }

  /** Hears the others' beats now. @throws STORE_UNAVAILABLE */
  hear(): Promise<void> {
    return this.#listen();
  }

  /** The same, unless they were heard a moment ago: a server that has left is not waited for. */
  async hearSoon(): Promise<void> {
    if (this.#now() - this.#heardAt < HEAR_AGAIN_MS) return;
    this.#hearing ??= this.#listen().finally(() => (this.#hearing = undefined));
    await this.#hearing;
  }

  /** True for a server that beat when the others were last heard. */
  knows(id: string): boolean {
    return id === this.id || this.#heard.has(id);
  }

  /** True for a server whose beat has not changed for the time of a lease, or that has left. */
  isGone(id: string): boolean {
    if (id === this.id) return false;
    const heard = this.#heard.get(id);
    return heard === undefined || this.#now() - heard.since >= this.#options.leaseMs;
  }

  /** The servers that are not gone, this one among them. */
  alive(): readonly Member[] {
    const others = [...this.#heard].filter(([id]) => !this.isGone(id));
    return [
      { id: this.id, clock: this.#options.clock.now() },
      ...others.map(([id, { value }]) => ({ id, clock: Number(value['clock']) })),
    ];
  }

  /**
   * Leaves: the others may take what this server held at once. A store that hangs is not waited for long:
   * they then count this server as gone after the time of a lease, as one that was killed.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await withinMs(LEAVE_MS, 'Leaving the other servers', () => this.#leave()).catch(this.#options.onTrouble);
  }

  async #leave(): Promise<void> {
    await this.#beating;
    const { records, clock } = this.#options;
    await records.take(KIND, this.id, clock.now());
  }

  async #write(): Promise<void> {
    const startedAt = this.#now();
    const { records, clock, leaseMs } = this.#options;
    const now = clock.now();
    const value = { beat: ++this.#beat, clock: now };
    const next = { kind: KIND, key: this.id, owner: OWNER, value, expiresAt: now + KEPT_MS };
    const written = this.#own !== undefined && (await records.replace(this.#own, next));
    if (!written && !(await records.insert(next, now))) await this.#recover(next, now);
    this.#own = next;
    this.#safeUntil = startedAt + leaseMs * SAFE_PART;
  }

  /** The answer of an earlier beat was lost: the record holds that one. */
  async #recover(next: IdentityRecord, now: number): Promise<void> {
    const held = await this.#options.records.get(KIND, this.id, now);
    if (held && (await this.#options.records.replace(held, next))) return;
    throw new Error('Another process beats under the name of this server.');
  }

  async #listen(): Promise<void> {
    const { records, clock } = this.#options;
    const askedAt = this.#now();
    const found = await records.listByOwner(KIND, OWNER, clock.now());
    const now = this.#now();
    this.#heardAt = Math.max(this.#heardAt, askedAt);
    const present = new Set(found.map(({ key }) => key));
    for (const id of this.#heard.keys()) if (!present.has(id)) this.#heard.delete(id);
    for (const { key, value } of found) {
      if (key === this.id) continue;
      const heard = this.#heard.get(key);
      if (!heard || !isDeepStrictEqual(heard.value, value)) this.#heard.set(key, { value, since: now });
    }
  }
}
