import type { BotState } from '../bots/state.ts';
import type { Json } from '../kernel/json/value.ts';

/** One issue of an invite code for a slot. */
export interface Invite {
  /** Counts the slot's invites from 0. */
  readonly issue: number;
  /** SHA-256 of the code, hex. */
  readonly hash: string;
  /** ms since the epoch, null for never. */
  readonly expires_at: number | null;
  readonly status: 'live' | 'used' | 'revoked';
}

/** One filling of a slot: the same player, whatever accounts it moves through. */
export interface Tenure {
  /** Counts the slot's tenures from 0. */
  readonly k: number;
  /** Who holds the seat now. */
  readonly account: string;
  /** Everyone who ever held it. */
  readonly accounts: readonly string[];
  readonly admin: boolean;
  /** The invite that opened it. */
  readonly issue: number;
  /** ms since the epoch. */
  readonly joined_at: number;
  /** Private entries from this id on are the tenure's. */
  readonly from: number;
  /** And up to this one, exclusive; null while the tenure lasts. */
  readonly to: number | null;
  /** SHA-256 of the live handles, newest last. */
  readonly handles: readonly string[];
  /** Handles made so far. */
  readonly handle_count: number;
  readonly posted: boolean;
  /** How often it went to another account; absent for never. */
  readonly moves?: number;
  /** When the loop guard's bucket is full again, ms (the theoretical arrival time of GCRA). */
  readonly guard_until: number;
}

export interface Slot {
  readonly slot_id: string;
  readonly kind: 'bot' | 'invite';
  readonly label: string;
  readonly invites: readonly Invite[];
  readonly tenures: readonly Tenure[];
  /** The bot attached now. */
  readonly bot_id: string | null;
}

/** A write that was done under an idempotency key. */
export interface Remembered {
  /** Hash of the key. */
  readonly key: string;
  /** Hash of the arguments. */
  readonly args: string;
  /** What the answer is made from again; holds no secret. */
  readonly result: Json;
}

export type LoopGuard = { readonly per_minute: number; readonly burst: number };

/** A channel: the fold of its commits. Plain data, so that a snapshot is its JSON. */
export interface ChannelState {
  readonly channel_id: string;
  readonly status: 'absent' | 'open' | 'closed' | 'deleted';
  readonly name: string;
  /** The account that made the channel. */
  readonly creator: string;
  readonly creator_admin: boolean;
  /** ISO 8601. */
  readonly created_at: string;
  readonly visibility: 'private' | 'listed';
  readonly bots_policy: 'frozen' | 'open';
  /** Set for good once two players are seated. */
  readonly bots_frozen: boolean;
  readonly strict_seats: boolean;
  readonly invite_ttl_s: number | null;
  readonly loop_guard: LoopGuard;
  readonly slots: readonly Slot[];
  /** Every bot ever attached, in order. */
  readonly bots: readonly BotState[];
  /** Bytes of all entries, and of the sources of its bots. */
  readonly stored_bytes: number;
  /** By scope: a seat or an account. The last 1,000 of each. */
  readonly remembered: Readonly<Record<string, readonly Remembered[]>>;
}

export function emptyChannel(channelId: string): ChannelState {
  return {
    channel_id: channelId,
    status: 'absent',
    name: '',
    creator: '',
    creator_admin: false,
    created_at: '',
    visibility: 'private',
    bots_policy: 'frozen',
    bots_frozen: false,
    strict_seats: false,
    invite_ttl_s: null,
    loop_guard: { per_minute: 30, burst: 60 },
    slots: [],
    bots: [],
    stored_bytes: 0,
    remembered: {},
  };
}

/** The tenure that sits in a slot now. */
export function liveTenure(slot: Slot): Tenure | undefined {
  const last = slot.tenures.at(-1);
  return last?.to === null ? last : undefined;
}

export function findSlot(state: ChannelState, slotId: string): Slot | undefined {
  return state.slots.find((slot) => slot.slot_id === slotId);
}

export function findBot(state: ChannelState, botId: string): BotState | undefined {
  return state.bots.find((bot) => bot.bot_id === botId);
}

/** Every seat that is filled now. */
export function seated(state: ChannelState): readonly { readonly slot: Slot; readonly tenure: Tenure }[] {
  return state.slots.flatMap((slot) => {
    const tenure = liveTenure(slot);
    return tenure ? [{ slot, tenure }] : [];
  });
}

/** True when the account may administer: as the creator, or from a seat that is admin. */
export function isAdmin(state: ChannelState, account: string): boolean {
  if (state.creator_admin && state.creator === account) return true;
  return seated(state).some(({ tenure }) => tenure.admin && tenure.account === account);
}
