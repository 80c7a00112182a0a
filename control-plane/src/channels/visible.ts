import { shownEvidence } from '../bots/evidence.ts';
import { isJsonObject, type Json } from '../kernel/json/value.ts';
import type { Commit, Entry, Fact } from '../log/commit.ts';
import type { Stream } from '../log/stream.ts';
import type { Streams } from '../log/streams.ts';
import type { Access } from './access.ts';
import { type ChannelState, isAdmin } from './state.ts';

/** An entry with the entry whose hook wrote it, if a hook did. */
export interface Caused {
  readonly entry: Entry;
  readonly cause: number | undefined;
  /** The facts that were written with it. */
  readonly facts: readonly Fact[];
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
  stream: Stream<ChannelState>,
  cursor: number,
): AsyncGenerator<Caused> {
  for await (const commit of streams.commitsFrom(stream, cursor + 1)) {
    for (const caused of entriesOf(commit)) if (caused.entry.id > cursor) yield caused;
  }
}

/** A commit's entries, each with what it came from. */
export function entriesOf({ entries, cause, facts }: Commit): readonly Caused[] {
  return entries.map((entry) => ({ entry, cause, facts }));
}

/** The entry as the account reads it: to an admin, a bot:error also says what the bot itself said. */
export function shownTo(account: string, state: ChannelState, { entry, facts }: Caused): Entry {
  const { body, sender_kind } = entry;
  if (sender_kind !== 'server' || !isJsonObject(body) || body['type'] !== 'bot:error') return entry;
  const fact = facts.find(({ type, entry_ids }) => type === 'hook' && includes(entry_ids, entry.id));
  return fact && isAdmin(state, account) ? { ...entry, body: { ...body, ...shownEvidence(fact) } } : entry;
}

function includes(ids: Json | undefined, id: number): boolean {
  return Array.isArray(ids) && ids.includes(id);
}
