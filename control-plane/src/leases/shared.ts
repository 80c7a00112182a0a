import type { IdentityRecord, RecordStore } from '../identity/records.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Leases } from './leases.ts';
import type { Members } from './members.ts';

const KIND = 'lease';
/** Holder of a lease that was given up. */
const NOBODY = '';
/** A lease record outlives its use by at most this, ms. */
const KEPT_MS = 7 * 24 * 3_600_000;
/** A lease held this long is written again, so that its record is not swept under its holder, ms. */
const RENEW_MS = 12 * 3_600_000;
/** Leases of others that are remembered: forgetting one costs a question. */
const MAX_OTHERS = 10_000;
/** How long another's lease counts as that one's without a question, ms: it may have been given up. */
const ASK_AGAIN_MS = 2_000;
/** Servers that reach for one lease at once before a try is given up. */
const MAX_TRIES = 5;

interface Held {
  readonly takenAt: number;
  usedAt: number;
}

export interface SharedLeasesOptions {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly members: Members;
  /** A lease that was not used for so long is given up, ms. */
  readonly idleMs: number;
  /** A clock that only goes forward, ms; tests bring their own. */
  readonly monotonic?: () => number;
}

/** Leases as records of the store: a channel's names the server that holds it, for as long as that one beats. */
export class SharedLeases implements Leases {
  readonly #options: SharedLeasesOptions;
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();
  /** Who held a lease when this server last asked for it, and when that was (monotonic, ms). */
  readonly #others = new Map<string, { readonly server: string; readonly askedAt: number }>();
  readonly #asking = new Map<string, Promise<boolean>>();
  #stepsBack = false;

  constructor(options: SharedLeasesOptions) {
    this.#options = options;
    this.#now = options.monotonic ?? (() => performance.now());
  }

  holds(channelId: string): boolean {
    this.#dropIfUnsafe();
    return this.#held.has(channelId);
  }

  held(): Iterable<string> {
    this.#dropIfUnsafe();
    return this.#held.keys();
  }

  async hold(channelId: string): Promise<boolean> {
    const { members } = this.#options;
    // What is under way may be its giving up, or a try that came too early for this caller.
    for (let step = this.#asking.get(channelId); step; step = this.#asking.get(channelId)) {
      if (await step) return true;
    }
    if (this.#stepsBack) return false;
    if (this.holds(channelId)) {
      const held = this.#held.get(channelId) as Held;
      held.usedAt = this.#now();
      if (held.usedAt - held.takenAt < RENEW_MS) return true;
    }
    if (!members.safe) return false;
    const other = this.#others.get(channelId);
    if (other !== undefined && this.#now() - other.askedAt < ASK_AGAIN_MS) {
      await members.hearSoon();
      if (!members.isGone(other.server)) return false;
    }
    return this.#alone(channelId, () => this.#take(channelId));
  }

  /**
   * Gives up everything and takes nothing, for as long as it is told so: another server may be able to run
   * hooks that this one is not.
   *
   * @throws STORE_UNAVAILABLE: what is still held is given up the next time
   */
  async stepBack(stepsBack: boolean): Promise<void> {
    this.#stepsBack = stepsBack;
    if (!stepsBack) return;
    for (const channelId of this.held()) await this.#alone(channelId, () => this.#release(channelId));
  }

  /** Gives up what was not used for a while: the next server with something to do takes it. */
  async releaseIdle(): Promise<void> {
    const before = this.#now() - this.#options.idleMs;
    for (const [channelId, { usedAt }] of this.#held) {
      if (usedAt < before) await this.#alone(channelId, () => this.#release(channelId));
    }
    for (const [channelId, { askedAt }] of this.#others) {
      if (this.#others.size > MAX_OTHERS || this.#now() - askedAt >= ASK_AGAIN_MS)
        this.#others.delete(channelId);
    }
  }

  /** One step at a time for each channel. */
  #alone(channelId: string, step: () => Promise<boolean>): Promise<boolean> {
    const asking = step().finally(() => this.#asking.delete(channelId));
    this.#asking.set(channelId, asking);
    return asking;
  }

  async #take(channelId: string): Promise<boolean> {
    const { records, clock, members } = this.#options;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const now = clock.now();
      const mine = this.#record(channelId, members.id, now);
      const found = await records.get(KIND, channelId, now);
      const holder = found ? (found.value['server'] as string) : NOBODY;
      // One that joined a moment ago has not been heard yet; one that has left may have been.
      if (holder !== NOBODY) await (members.knows(holder) ? members.hearSoon() : members.hear());
      if (holder !== NOBODY && !members.isGone(holder) && holder !== members.id) {
        this.#others.set(channelId, { server: holder, askedAt: this.#now() });
        this.#held.delete(channelId);
        return false;
      }
      const taken = found ? await records.replace(found, mine) : await records.insert(mine, now);
      if (!taken) continue;
      this.#others.delete(channelId);
      this.#held.set(channelId, { takenAt: this.#now(), usedAt: this.#now() });
      return true;
    }
    return false;
  }

  async #release(channelId: string): Promise<boolean> {
    const { records, clock, members } = this.#options;
    const now = clock.now();
    const found = await records.get(KIND, channelId, now);
    if (found?.value['server'] === members.id)
      await records.replace(found, this.#record(channelId, NOBODY, now));
    this.#held.delete(channelId);
    return false;
  }

  /** Silent too long, this server no longer knows what it holds: each lease is asked for anew. */
  #dropIfUnsafe(): void {
    if (this.#held.size > 0 && !this.#options.members.safe) this.#held.clear();
  }

  #record(channelId: string, server: string, now: number): IdentityRecord {
    return { kind: KIND, key: channelId, value: { server }, expiresAt: now + KEPT_MS };
  }
}
