import type { Entry } from '../log/commit.ts';
import type { Streams } from '../log/streams.ts';
import type { Access } from './access.ts';
import type { ChannelState } from './state.ts';

/** An entry with the entry whose hook wrote it, if a hook did. */
export interface Caused {
  readonly entry: Entry;
  readonly cause: number | undefined;
}

/**
 * True when the reader may see the entry: private ones belong to the tenures they were between. What a
 * hook writes belongs to those who sat there at its cause: a late answer is not for the next in the seat.
 */
export function isVisible({ entry, cause }: Caused, access: Access): boolean {
  if (entry.to_slot === undefined) return true;
  if (access.as !== 'seat') return false;
  const { slot, tenure } = access.seat;
  if (entry.to_slot !== slot.slot_id && entry.sender !== slot.slot_id) return false;
  const at = cause ?? entry.id;
  return at >= tenure.from && (tenure.to === null || at < tenure.to);
}

/** Entries after `cursor` in order, invisible ones included: the reader decides how far to go. */
export async function* entriesAfter(
  streams: Streams<ChannelState>,
  channelId: string,
  cursor: number,
): AsyncGenerator<Caused> {
  const stream = await streams.open(channelId);
  for await (const commit of streams.commitsFrom(stream, cursor + 1)) {
    for (const entry of commit.entries) if (entry.id > cursor) yield { entry, cause: commit.cause };
  }
}
