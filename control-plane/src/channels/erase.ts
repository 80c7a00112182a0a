import { CodedError } from '../kernel/errors.ts';
import type { CommitStore } from '../log/store.ts';
import type { Streams } from '../log/streams.ts';
import { TOMBSTONE_TAG } from './model.ts';
import type { ChannelState } from './state.ts';

const PAGE = 100;

/** Forgets the history of a deleted channel: what is left is its tombstone. May be repeated. */
export async function eraseHistory(streams: Streams<ChannelState>, channelId: string): Promise<void> {
  const { folded } = await streams.open(channelId);
  if (folded.state.status !== 'deleted') return;
  const tombstone = await findTombstone(streams.store, channelId, folded.n);
  const [first] = await streams.store.read(channelId, 0, 1);
  if (first !== undefined && first.n < tombstone) await streams.store.eraseBelow(channelId, tombstone);
  streams.forget(channelId);
}

/** The commit that deleted the channel: the first of the last ones, since all that may follow carry its tag too. */
async function findTombstone(store: CommitStore, channelId: string, head: number): Promise<number> {
  for (let n = head; ; n--) {
    const [before] = n > 0 ? await store.read(channelId, n - 1, 1) : [];
    if (before?.n !== n - 1 || !before.tags.includes(TOMBSTONE_TAG)) return n;
  }
}

/**
 * Finishes what a server that ended between a tombstone and its erasing left behind. A channel that cannot
 * be read is left as it is: it must not keep the server from starting.
 *
 * @param damaged told of each such channel
 * @throws STORE_UNAVAILABLE
 */
export async function resumeErasing(
  streams: Streams<ChannelState>,
  damaged: (channelId: string, error: unknown) => void,
): Promise<void> {
  for (let after: { stream: string; at: number } | undefined; ; ) {
    const page = await streams.store.streamsByTag(TOMBSTONE_TAG, {
      limit: PAGE,
      ...(after ? { after } : {}),
    });
    for (const { stream } of page) {
      try {
        await eraseHistory(streams, stream);
      } catch (error) {
        if (error instanceof CodedError) throw error;
        damaged(stream, error);
      }
    }
    after = page.at(-1);
    if (page.length < PAGE) return;
  }
}
