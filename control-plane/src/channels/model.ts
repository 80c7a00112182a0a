import { enqueue, isActive } from '../bots/state.ts';
import type { Entry, Fact } from '../log/commit.ts';
import type { StreamModel } from '../log/model.ts';
import { reduceFact, reducePart } from '../log/reducers.ts';
import { TOMBSTONE_TAG } from '../log/tombstone.ts';
import { playersOf } from './players.ts';
import { bytesOfEntry, bytesOfFact } from './quota/holdings.ts';
import { REDUCERS } from './reducers.ts';
import { type ChannelState, emptyChannel, findSlot, liveTenure } from './state.ts';

/** How a channel's commits become its state, and which lists it is found in. */
export const channelModel: StreamModel<ChannelState> = {
  version: 2,
  initial: emptyChannel,
  apply: (state, part) =>
    reducePart(state, part, (before, fact) => applyFact(before, fact, part.at), applyEntry),
  tags,
  isTombstone: ({ type }) => type === 'channel_deleted' || type === 'channel_archived',
};

/** Every fact counts as stored that says something of the channel. */
function applyFact(state: ChannelState, fact: Fact, at: number): ChannelState {
  if (!Object.hasOwn(REDUCERS, fact.type)) return state;
  return reduceFact(REDUCERS, storing(state, bytesOfFact(fact)), fact, at);
}

function storing(state: ChannelState, bytes: number): ChannelState {
  return { ...state, stored_bytes: state.stored_bytes + bytes };
}

/** A member's entry rings the bots that it is for, and counts against its seat's loop guard. */
function applyEntry(before: ChannelState, entry: Entry): ChannelState {
  const state = storing(before, bytesOfEntry(entry));
  if (entry.sender_kind !== 'member') return state;
  const players = playersOf(state);
  const hook = entry.to_slot === undefined ? 'on_message' : 'on_private_message';
  const target = entry.to_slot === undefined ? undefined : findSlot(state, entry.to_slot)?.bot_id;
  const rings = (botId: string) => entry.to_slot === undefined || botId === target;
  return {
    ...state,
    slots: state.slots.map((slot) =>
      slot.slot_id === entry.sender ? afterPost(state, slot, Date.parse(entry.ts)) : slot,
    ),
    bots: state.bots.map((bot) =>
      isActive(bot) && rings(bot.bot_id) ? enqueue(bot, { cause: entry.id, hook, players }) : bot,
    ),
  };
}

function afterPost(state: ChannelState, slot: ChannelState['slots'][number], at: number) {
  const tenure = liveTenure(slot);
  if (!tenure) return slot;
  const guard_until = Math.max(tenure.guard_until, at) + 60_000 / state.loop_guard.per_minute;
  return { ...slot, tenures: [...slot.tenures.slice(0, -1), { ...tenure, posted: true, guard_until }] };
}

function tags(before: ChannelState, after: ChannelState): readonly string[] {
  const known = accountsOf(before);
  const accounts = [...accountsOf(after)].filter((account) => !known.has(account));
  const listed = after.visibility === 'listed' && after.status === 'open' && before.visibility !== 'listed';
  return [
    ...accounts.map((account) => `acct:${account}`),
    ...(listed ? ['lobby'] : []),
    ...(hasWork(after) ? ['work'] : []),
    ...(after.status === 'deleted' ? [TOMBSTONE_TAG] : []),
  ];
}

function accountsOf(state: ChannelState): Set<string> {
  const seats = state.slots.flatMap((slot) => slot.tenures.flatMap((tenure) => tenure.accounts));
  return new Set(state.creator === '' ? seats : [state.creator, ...seats]);
}

/** True while a bot has hooks to run. */
export function hasWork(state: ChannelState): boolean {
  return state.bots.some((bot) => isActive(bot) && bot.pending.length > 0);
}
