import { applyHook, type BotState, enqueue } from '../bots/state.ts';
import type { ChannelFacts, FactType } from './facts.ts';
import { playersOf } from './players.ts';
import { type ChannelState, type Invite, seated, type Slot, type Tenure } from './state.ts';

type Reducer<T extends FactType> = (state: ChannelState, fact: ChannelFacts[T]) => ChannelState;

const MAX_HANDLES = 16;
const MAX_REMEMBERED = 1_000;

/** What each fact does to the state. */
export const REDUCERS: { readonly [T in FactType]: Reducer<T> } = {
  channel_created: (state, { account, slots, ...settings }) => ({
    ...state,
    ...settings,
    status: 'open',
    creator: account,
    creator_admin: true,
    slots: slots.map((slot, index) => ({
      ...slot,
      slot_id: `s${index}`,
      invites: [],
      tenures: [],
      bot_id: null,
    })),
  }),
  invite_issued: (state, { slot_id, issue, hash, expires_at }) =>
    mapSlot(state, slot_id, (slot) => ({
      ...slot,
      invites: [...slot.invites.map(revoked), { issue, hash, expires_at, status: 'live' }],
    })),
  invite_revoked: (state, { slot_id }) =>
    mapSlot(state, slot_id, (slot) => ({ ...slot, invites: slot.invites.map(revoked) })),
  tenure_opened: (state, fact) => {
    const opened = mapSlot(state, fact.slot_id, (slot) => openTenure(slot, fact));
    const accounts = new Set(seated(opened).map(({ tenure }) => tenure.account));
    const players = playersOf(opened);
    return {
      ...opened,
      bots_frozen: state.bots_frozen || accounts.size > 1 || (state.strict_seats && players.length > 1),
      bots: opened.bots.map((bot) => enqueue(bot, { cause: fact.entry, hook: 'on_join', players })),
    };
  },
  tenure_closed: (state, { slot_id, k, entry }) =>
    mapTenure(state, slot_id, k, (tenure) => ({ ...tenure, to: entry, handles: [], admin: false })),
  handle_made: (state, { slot_id, k, hash, rotates }) =>
    mapTenure(state, slot_id, k, (tenure) => ({
      ...tenure,
      handles: rotates ? [hash] : [...tenure.handles, hash].slice(-MAX_HANDLES),
      handle_count: tenure.handle_count + 1,
    })),
  seat_moved: (state, { slot_id, k, account }) => {
    const moved = mapTenure(state, slot_id, k, (tenure) => ({
      ...tenure,
      account,
      accounts: [...new Set([...tenure.accounts, account])],
      moves: (tenure.moves ?? 0) + 1,
    }));
    const accounts = new Set(seated(moved).map(({ tenure }) => tenure.account));
    return { ...moved, bots_frozen: state.bots_frozen || accounts.size > 1 };
  },
  admin_set: (state, { slot_id, k, admin }) => {
    const next = mapTenure(state, slot_id, k, (tenure) => ({ ...tenure, admin }));
    const seat = next.slots.find((slot) => slot.slot_id === slot_id)?.tenures[k];
    return seat?.account === state.creator ? { ...next, creator_admin: admin } : next;
  },
  bot_attached: (state, { entry, source_bytes: _bytes, ...fact }) => {
    const bot: BotState = {
      ...fact,
      removed: false,
      suspended: false,
      failures: 0,
      cursor: 0,
      state_version: 0,
      state_hash: null,
      pending: [{ cause: entry, hook: 'on_init', players: playersOf(state) }],
    };
    const held = mapSlot(state, fact.slot_id, (slot) => ({ ...slot, bot_id: fact.bot_id }));
    return { ...held, bots: [...held.bots, bot] };
  },
  bot_removed: (state, { bot_id }) => ({
    ...state,
    slots: state.slots.map((slot) => (slot.bot_id === bot_id ? { ...slot, bot_id: null } : slot)),
    bots: mapBot(state, bot_id, (bot) => ({ ...bot, removed: true, pending: [] })),
  }),
  bot_resumed: (state, { bot_id }) => ({
    ...state,
    bots: mapBot(state, bot_id, (bot) => ({ ...bot, suspended: false, failures: 0 })),
  }),
  bot_runtime: (state, { bot_id, runtime }) => ({
    ...state,
    bots: mapBot(state, bot_id, (bot) => ({ ...bot, runtime })),
  }),
  hook: (state, fact) => ({
    ...state,
    bots: mapBot(state, fact.bot_id, (bot) => applyHook(bot, fact)),
  }),
  renamed: (state, { name }) => ({ ...state, name }),
  visibility_set: (state, { visibility }) => ({ ...state, visibility }),
  channel_closed: (state) => ({
    ...state,
    status: 'closed',
    bots: state.bots.map((bot) => ({ ...bot, pending: [] })),
  }),
  channel_deleted: (state) => ({ ...state, status: 'deleted' }),
  channel_archived: (state) => ({ ...state, status: 'deleted' }),
  // A server that has read the tombstone alone knows nothing of the channel to show.
  channel_restored: (state) => ({ ...state, status: state.creator === '' ? 'deleted' : 'closed' }),
  remembered: (state, { scope, ...remembered }) => ({
    ...state,
    remembered: {
      ...state.remembered,
      [scope]: [...(state.remembered[scope] ?? []), remembered].slice(-MAX_REMEMBERED),
    },
  }),
};

function openTenure(slot: Slot, fact: ChannelFacts['tenure_opened']): Slot {
  const { k, account, admin, issue, joined_at, entry } = fact;
  const tenure: Tenure = {
    k,
    account,
    accounts: [account],
    admin,
    issue,
    joined_at,
    from: entry,
    to: null,
    handles: [],
    handle_count: 0,
    posted: false,
    guard_until: 0,
  };
  const used = (invite: Invite): Invite => (invite.issue === issue ? { ...invite, status: 'used' } : invite);
  return { ...slot, invites: slot.invites.map(used), tenures: [...slot.tenures, tenure] };
}

function revoked(invite: Invite): Invite {
  return invite.status === 'live' ? { ...invite, status: 'revoked' } : invite;
}

function mapSlot(state: ChannelState, slotId: string, change: (slot: Slot) => Slot): ChannelState {
  return { ...state, slots: state.slots.map((slot) => (slot.slot_id === slotId ? change(slot) : slot)) };
}

function mapTenure(
  state: ChannelState,
  slotId: string,
  k: number,
  change: (tenure: Tenure) => Tenure,
): ChannelState {
  return mapSlot(state, slotId, (slot) => ({
    ...slot,
    tenures: slot.tenures.map((tenure) => (tenure.k === k ? change(tenure) : tenure)),
  }));
}

function mapBot(
  state: ChannelState,
  botId: string,
  change: (bot: BotState) => BotState,
): readonly BotState[] {
  return state.bots.map((bot) => (bot.bot_id === botId ? change(bot) : bot));
}
