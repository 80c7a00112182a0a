import type { Entry } from '../log/commit.ts';
import type { Streams } from '../log/streams.ts';
import type { Access } from './access.ts';
import type { ChannelState } from './state.ts';

/** True when the reader may see the entry: private ones belong to the tenures they were between. */
export function isVisible(entry: Entry, access: Access): boolean {
  if (entry.to_slot === undefined) return true;
  if (access.as !== 'seat') return false;
  const { slot, tenure } = access.seat;
  if (entry.to_slot !== slot.slot_id && entry.sender !== slot.slot_id) return false;
  return entry.id >= tenure.from && (tenure.to === null || entry.id < tenure.to);
}

/** Entries after `cursor` in order, invisible ones included: the reader decides how far to go. */
export async function* entriesAfter(
  streams: Streams<ChannelState>,
  channelId: string,
  cursor: number,
): AsyncGenerator<Entry> {
  const stream = await streams.open(channelId);
  for await (const commit of streams.commitsFrom(stream, cursor + 1)) {
    for (const entry of commit.entries) if (entry.id > cursor) yield entry;
  }
}
