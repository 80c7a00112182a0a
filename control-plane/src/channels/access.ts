import { CodedError } from '../kernel/errors.ts';
import { readCode } from './codes.ts';
import { findSeats, lookAt, takeHandle } from './next-call.ts';
import { type ChannelState, isAdmin, type Slot, seated, type Tenure } from './state.ts';

/** A seat that a call acts from. */
export interface Seat {
  readonly slot: Slot;
  readonly tenure: Tenure;
}

/** As whom a caller reads: from a seat, as an admin without one, or as a stranger to a listed channel. */
export type Access = { readonly as: 'seat'; readonly seat: Seat } | { readonly as: 'admin' | 'stranger' };

/**
 * Resolves the seat of a call. A handle must be live, of this channel, and held by the account;
 * without one, the seat is inferred only if the account has held exactly one tenure here, ever.
 *
 * @throws CHANNEL_NOT_FOUND to those who may not know of the channel, else SEAT_INVALID,
 *   SEAT_REQUIRED or NOT_MEMBER
 */
export function resolveSeat(state: ChannelState, account: string, handle?: string): Seat {
  requireExists(state);
  if (handle !== undefined) return seatOfHandle(state, account, handle);
  const held = tenuresOf(state, account);
  const live = held.filter(({ tenure }) => tenure.to === null && tenure.account === account);
  const [only] = live;
  if (only && held.length === 1 && !state.strict_seats) return only;
  if (only) throw seatError('SEAT_REQUIRED', state, account);
  throw strangerError(state, account);
}

/** Resolves how a caller may read the channel's messages. */
export function resolveReader(state: ChannelState, account: string, handle?: string): Access {
  requireExists(state);
  const sits = seated(state).some(({ tenure }) => tenure.account === account);
  if (handle === undefined && !sits && isAdmin(state, account)) return { as: 'admin' };
  return { as: 'seat', seat: resolveSeat(state, account, handle) };
}

/** Resolves how a caller may look at what is public in the channel: any seat of the account will do. */
export function resolveViewer(state: ChannelState, account: string, handle?: string): Access {
  requireExists(state);
  if (handle !== undefined) return { as: 'seat', seat: seatOfHandle(state, account, handle) };
  const held = tenuresOf(state, account);
  const own = seated(state).filter(({ tenure }) => tenure.account === account);
  const [only] = own;
  if (only && held.length === 1 && !state.strict_seats) return { as: 'seat', seat: only };
  if (only || isAdmin(state, account)) return { as: 'admin' };
  if (state.visibility === 'listed') return { as: 'stranger' };
  throw strangerError(state, account);
}

/** @throws CHANNEL_NOT_FOUND or NOT_MEMBER to those with no right here, else NOT_ADMIN */
export function requireAdmin(state: ChannelState, account: string): void {
  requireExists(state);
  if (isAdmin(state, account)) return;
  if (seated(state).some(({ tenure }) => tenure.account === account)) throw new CodedError('NOT_ADMIN');
  throw strangerError(state, account);
}

/** @throws CHANNEL_CLOSED */
export function requireOpen(state: ChannelState): void {
  if (state.status !== 'open') throw new CodedError('CHANNEL_CLOSED');
}

/** Holds a call that may do without a seat to the one it names. @throws SEAT_INVALID */
export function requireSeat(state: ChannelState, account: string, handle: string | undefined): void {
  if (handle !== undefined) seatOfHandle(state, account, handle);
}

export function requireExists(state: ChannelState): void {
  if (state.status === 'absent' || state.status === 'deleted') throw new CodedError('CHANNEL_NOT_FOUND');
}

/** Every tenure that the account holds or held. */
function tenuresOf(state: ChannelState, account: string): readonly Seat[] {
  return state.slots.flatMap((slot) =>
    slot.tenures.filter((tenure) => tenure.accounts.includes(account)).map((tenure) => ({ slot, tenure })),
  );
}

/** The seat with this live handle, whoever holds it. */
export function seatByHandle(state: ChannelState, hash: string): Seat | undefined {
  return seated(state).find(({ tenure }) => tenure.handles.includes(hash));
}

function seatOfHandle(state: ChannelState, account: string, handle: string): Seat {
  const known =
    tenuresOf(state, account).length > 0 || isAdmin(state, account) || state.visibility === 'listed';
  if (!known) throw new CodedError('CHANNEL_NOT_FOUND');
  const code = readCode(handle);
  const seat =
    code?.kind === 'rejoin' && code.channelId === state.channel_id
      ? seatByHandle(state, code.hash)
      : undefined;
  if (seat?.tenure.account === account) return seat;
  if (!seat) throw seatError('SEAT_INVALID', state, account);
  // It is live, but the seat has moved to another account since: its handle takes it back.
  const next_call = { tool: 'join_channel', arguments: { invite_code: handle } };
  throw new CodedError('SEAT_INVALID', { next_call });
}

/** Names the seats that the account holds, and how it gets the handle of the only one. */
function seatError(code: 'SEAT_REQUIRED' | 'SEAT_INVALID', state: ChannelState, account: string): CodedError {
  const seats = seated(state)
    .filter(({ tenure }) => tenure.account === account)
    .map(({ slot }) => slot.slot_id);
  const [only] = seats;
  if (only === undefined) return new CodedError(code, { next_call: findSeats() });
  // Of several, only the caller can know which one it plays.
  const known = seats.length === 1 && !state.strict_seats;
  const next_call = known ? takeHandle(state.channel_id, only) : lookAt(state.channel_id);
  return new CodedError(code, { seats, next_call });
}

function strangerError(state: ChannelState, account: string): CodedError {
  const known =
    tenuresOf(state, account).length > 0 || state.creator === account || state.visibility === 'listed';
  return new CodedError(known ? 'NOT_MEMBER' : 'CHANNEL_NOT_FOUND');
}
