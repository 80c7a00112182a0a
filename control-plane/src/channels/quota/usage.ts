import type { Clock } from '../../kernel/clock.ts';
import { CodedError } from '../../kernel/errors.ts';
import type { Place, TagCursor } from '../../log/store.ts';
import type { Streams } from '../../log/streams.ts';
import type { ChannelState } from '../state.ts';
import { type Holdings, holdingsOf, NOTHING, sum } from './holdings.ts';

/** The most that an account may hold; 0 for no limit. */
export type Quota = Holdings;

/** What is known of an account's channels. */
interface Known {
  /** By channel: what it counts for, as of its commit `n`. */
  readonly channels: Map<string, { readonly n: number; readonly held: Holdings }>;
  held: Holdings;
  /** Bytes posted here since the last count. */
  posted: number;
  /** When it was counted, ms. */
  at: number;
}

const PAGE = 500;
const MOST_ACCOUNTS = 1_000;
/** Posts are judged by a count that is at most so old, ms, or by so many bytes behind. */
const COUNT_MS = 60_000;
const COUNT_BYTES = 4 * 2 ** 20;

/**
 * Counts what accounts hold, from the channels themselves: what is remembered here only spares reading
 * again what has not changed. A channel counts for the account that made it.
 */
export class Usage {
  readonly #streams: Streams<ChannelState>;
  readonly #clock: Clock;
  readonly #quota: Quota;
  readonly #known = new Map<string, Known>();
  readonly #counting = new Map<string, Promise<Known>>();
  /** What calls under way are about to add. */
  readonly #reserved = new Map<string, Holdings>();

  constructor(streams: Streams<ChannelState>, clock: Clock, quota: Quota) {
    this.#streams = streams;
    this.#clock = clock;
    this.#quota = quota;
  }

  /**
   * Does what adds to an account's holdings, if there is room for it.
   *
   * @throws QUOTA
   */
  async adding<T>(account: string, more: Partial<Holdings>, work: () => Promise<T>): Promise<T> {
    if (!this.#limits()) return work();
    const added = { ...NOTHING, ...more };
    // One that is under way may have begun before what another call has written.
    await this.#counting.get(account);
    const { held } = await this.#count(account);
    const before = this.#reserved.get(account) ?? NOTHING;
    this.#require(sum(sum(held, before), added));
    this.#reserved.set(account, sum(before, added));
    try {
      return await work();
    } finally {
      const counting = this.#counting.get(account);
      const release = () => this.#release(account, added);
      // A count that is under way may not see what was just written: until it is used, this stays reserved.
      if (counting) void counting.catch(() => undefined).then(() => setImmediate(release));
      else release();
    }
  }

  #release(account: string, { channels, bots, bytes }: Holdings): void {
    const reserved = this.#reserved.get(account) ?? NOTHING;
    const left = sum(reserved, { channels: -channels, bots: -bots, bytes: -bytes });
    if (left.channels + left.bots + left.bytes > 0) this.#reserved.set(account, left);
    else this.#reserved.delete(account);
  }

  /**
   * Lets a post in while there is room, by the last count of what the channel's maker holds: a post does not
   * wait for another one.
   *
   * @throws QUOTA
   */
  requireRoom(state: ChannelState, bytes: number): void {
    if (this.#quota.bytes === 0) return;
    const known = this.#known.get(state.creator);
    const here = holdingsOf(state).bytes;
    const everywhere = known ? known.held.bytes + known.posted : 0;
    const full = Math.max(here, everywhere) + bytes > this.#quota.bytes;
    const stale = !known || full || known.posted > COUNT_BYTES || this.#clock.now() - known.at > COUNT_MS;
    // Posts go on by what was known, also where the store does not answer.
    if (stale) this.#count(state.creator).catch(() => undefined);
    if (full) throw quota('What the account that made this channel may store is used up.', this.#quota.bytes);
    if (known) known.posted += bytes;
  }

  #limits(): boolean {
    return this.#quota.channels > 0 || this.#quota.bots > 0 || this.#quota.bytes > 0;
  }

  #require({ channels, bots, bytes }: Holdings): void {
    const { channels: mostChannels, bots: mostBots, bytes: mostBytes } = this.#quota;
    if (mostChannels > 0 && channels > mostChannels)
      throw quota(`An account may have ${mostChannels} open channels that it made at most.`);
    if (mostBots > 0 && bots > mostBots)
      throw quota(`An account may have ${mostBots} bots in its open channels at most.`);
    if (mostBytes > 0 && bytes > mostBytes)
      throw quota('What the account that made the channel may store is used up.', mostBytes);
  }

  #count(account: string): Promise<Known> {
    const under = this.#counting.get(account);
    if (under) return under;
    const counting = this.#countNow(account).finally(() => this.#counting.delete(account));
    this.#counting.set(account, counting);
    return counting;
  }

  async #countNow(account: string): Promise<Known> {
    const known = this.#remember(account);
    const at = this.#clock.now();
    known.posted = 0;
    await this.#findChannels(account, known);
    for (const { stream } of await this.#changed(known)) {
      const { folded } = await this.#streams.open(stream);
      const held = folded.state.creator === account ? holdingsOf(folded.state) : NOTHING;
      known.channels.set(stream, { n: folded.n, held });
    }
    known.held = [...known.channels.values()].reduce((all, { held }) => sum(all, held), NOTHING);
    known.at = at;
    return known;
  }

  #remember(account: string): Known {
    const known = this.#known.get(account) ?? {
      channels: new Map(),
      held: NOTHING,
      posted: 0,
      at: 0,
    };
    this.#known.delete(account);
    this.#known.set(account, known);
    const eldest = this.#known.keys().next().value;
    if (this.#known.size > MOST_ACCOUNTS && eldest !== undefined) this.#known.delete(eldest);
    return known;
  }

  /** The account's channels; those that were deleted and erased are in its list no more. */
  async #findChannels(account: string, { channels }: Known): Promise<void> {
    const gone = new Set(channels.keys());
    let after: TagCursor | undefined;
    do {
      const page = await this.#streams.store.streamsByTag(`acct:${account}`, {
        limit: PAGE,
        ...(after ? { after } : {}),
      });
      for (const { stream } of page) {
        gone.delete(stream);
        if (!channels.has(stream)) channels.set(stream, { n: -1, held: NOTHING });
      }
      after = page.length === PAGE ? page.at(-1) : undefined;
    } while (after);
    for (const stream of gone) channels.delete(stream);
  }

  /** Those in which anything was written since they were counted. */
  async #changed({ channels }: Known): Promise<readonly Place[]> {
    const places = [...channels].map(([stream, { n }]) => ({ stream, n: n + 1 }));
    const changed: Place[] = [];
    for (let from = 0; from < places.length; from += PAGE)
      changed.push(...(await this.#streams.store.taken(places.slice(from, from + PAGE))));
    return changed;
  }
}

function quota(message: string, limit_bytes?: number): CodedError {
  return new CodedError('QUOTA', { message, ...(limit_bytes === undefined ? {} : { limit_bytes }) });
}
