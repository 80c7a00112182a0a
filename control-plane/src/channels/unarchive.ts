import { channelModel } from './model.ts';
import type { CommitStore } from '../log/store.ts';
import { decodeCommit } from '../log/codec.ts';
import { Streams } from '../log/streams.ts';
import { LocalWakeups } from '../log/waiting.ts';
import type { Clock } from '../kernel/clock.ts';
import { fact } from './facts.ts';

/**
 * Whether a store can take a channel's commits back: it was archived, and not deleted.
 *
 * @returns the hash of the archive that it went into, undefined for a channel that cannot come back
 */
export async function archivedAs(store: CommitStore, channelId: string): Promise<string | undefined> {
  const head = await store.head(channelId);
  if (!head) return undefined;
  const { facts } = decodeCommit(head);
  // A restore that is repeated finds what the one before it wrote after the tombstone.
  const isBack = facts.some(({ type }) => type === 'channel_restored');
  const [before] = isBack ? await store.read(channelId, head.n - 1, 1) : [];
  const last = before ? decodeCommit(before).facts : facts;
  const archived = last.find(({ type }) => type === 'channel_archived');
  return archived?.['sha256'] as string | undefined;
}

/**
 * Makes a channel readable again whose commits are back: it is closed, as it was. Servers that are at work
 * meanwhile show it once they read it anew.
 *
 * @returns false where its commits are not all there
 * @throws STORE_UNAVAILABLE
 */
export async function unarchive(store: CommitStore, channelId: string, clock: Clock): Promise<boolean> {
  const streams = new Streams({ store, model: channelModel, wakeups: new LocalWakeups(), clock }, 1);
  return streams.submit(channelId, (state) => {
    if (state.creator === '') return { answer: false };
    if (state.status !== 'deleted') return { answer: true };
    return { draft: { facts: [fact('channel_restored', {})] }, answer: true };
  });
}
