import { CodedError } from '../kernel/errors.ts';
import type { CommitStore, StoredCommit } from '../log/store.ts';
import type { Streams } from '../log/streams.ts';
import { TOMBSTONE_TAG } from '../log/tombstone.ts';
import type { ChannelState } from './state.ts';

const PAGE = 100;
/** Name of the mark: ms before which no deleted channel was left to erase. */
const MARK = 'erased-before';
/** More than clocks of servers may differ, ms. */
const MARGIN_MS = 3_600_000;
/**
 * How long a deleted channel keeps its commits where several servers write, ms: as long as they stand,
 * nobody can write in their place (twice NEAR_MS of log/stream.ts).
 */
const GRACE_MS = 60_000;

/** Forgets the history of a deleted channel: what is left is its tombstone. May be repeated. */
export async function eraseHistory(streams: Streams<ChannelState>, channelId: string): Promise<void> {
  const { store } = streams;
  const head = await store.head(channelId);
  if (!head?.tags.includes(TOMBSTONE_TAG)) return;
  const tombstone = await findTombstone(store, head);
  if (await hasBefore(store, channelId, tombstone)) await store.eraseBelow(channelId, tombstone);
  streams.forget(channelId);
}

/** The commit that deleted the channel: the first of the last ones, since all that may follow carry its tag too. */
async function findTombstone(store: CommitStore, head: StoredCommit): Promise<number> {
  for (let { n } = head; ; n--) {
    const [before] = n > 0 ? await store.read(head.stream, n - 1, 1) : [];
    if (before?.n !== n - 1 || !before.tags.includes(TOMBSTONE_TAG)) return n;
  }
}

async function hasBefore(store: CommitStore, channelId: string, n: number): Promise<boolean> {
  const [first] = await store.read(channelId, 0, 1);
  return first !== undefined && first.n < n;
}

/** Erases what deleted channels left, also those of servers that ended in between. */
export class Erasing {
  readonly #streams: Streams<ChannelState>;
  readonly #failed: (channelId: string, error: unknown) => void;
  readonly #graceMs: number;
  /** Deleted channels that wait, with when this process first saw that (monotonic, ms). */
  readonly #waiting = new Map<string, number>();

  /** @param failed told of each channel that could not be erased: it must not keep the others from it */
  constructor(streams: Streams<ChannelState>, failed: (channelId: string, error: unknown) => void) {
    this.#streams = streams;
    this.#failed = failed;
    this.#graceMs = streams.shared ? GRACE_MS : 0;
  }

  /**
   * Looks at the channels that were deleted since all of them were last seen erased.
   *
   * @param now ms since the epoch
   * @throws STORE_UNAVAILABLE
   */
  async round(now: number): Promise<void> {
    const { store } = this.#streams;
    const mark = Number((await store.mark(MARK)) ?? 0);
    // A mark from the future was set by a clock that was wrong.
    const since = mark > now ? 0 : mark;
    let left = 0;
    for (let after: { stream: string; at: number } | undefined; ; ) {
      const page = await store.streamsByTag(TOMBSTONE_TAG, {
        since,
        limit: PAGE,
        ...(after ? { after } : {}),
      });
      for (const { stream } of page) if (!(await this.#eraseDue(stream))) left++;
      after = page.at(-1);
      if (page.length < PAGE) break;
    }
    if (left === 0 && now - MARGIN_MS > since) await store.putMark(MARK, String(now - MARGIN_MS));
  }

  /** False when the channel is to be looked at again. */
  async #eraseDue(channelId: string): Promise<boolean> {
    const { store } = this.#streams;
    try {
      if (!(await hasBefore(store, channelId, await this.#tombstone(channelId)))) {
        // What may come back later, from an archive, has all of its time again.
        this.#waiting.delete(channelId);
        return true;
      }
      const seenAt = this.#waiting.get(channelId) ?? performance.now();
      this.#waiting.set(channelId, seenAt);
      if (performance.now() - seenAt < this.#graceMs) return false;
      await eraseHistory(this.#streams, channelId);
      this.#waiting.delete(channelId);
      return true;
    } catch (error) {
      if (error instanceof CodedError) throw error;
      this.#failed(channelId, error);
      return false;
    }
  }

  async #tombstone(channelId: string): Promise<number> {
    const head = await this.#streams.store.head(channelId);
    return head?.tags.includes(TOMBSTONE_TAG) ? await findTombstone(this.#streams.store, head) : 0;
  }
}
