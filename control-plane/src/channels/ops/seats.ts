import { CodedError } from '../../kernel/errors.ts';
import { requireOpen, resolveSeat, type Seat } from '../access.ts';
import { hashCode } from '../codes.ts';
import { fact } from '../facts.ts';
import { type ChannelState, findSlot, liveTenure, type Slot, seated } from '../state.ts';
import type { OpEffect, OpRule } from './context.ts';

/** The holder gives the seat up. */
export const yieldSlot: OpRule<'yield_slot'> = ({ state, position, account, seat }) => {
  const own = resolveSeat(state, account, seat);
  return closeTenure(state, own, position.nextId);
};

/** An admin takes a seat away; whoever sits there next sees nothing of what was private. */
export const evict: OpRule<'evict'> = ({ state, position }, op) => {
  requireOpen(state);
  return closeTenure(state, requireSeated(state, op.slot_id), position.nextId);
};

export const setAdmin: OpRule<'set_admin'> = ({ state }, op) => {
  requireOpen(state);
  const { slot, tenure } = requireSeated(state, op.slot_id);
  const isCreator = state.creator_admin && tenure.account === state.creator;
  if (!op.admin) requireAnotherAdmin(state, slot.slot_id, isCreator);
  return { facts: [fact('admin_set', { slot_id: slot.slot_id, k: tenure.k, admin: op.admin })] };
};

/** A new code for an empty seat; one that was still live is revoked by it. */
export const issueInvite: OpRule<'issue_invite'> = (context, op) => {
  const { state, position, codes } = context;
  requireOpen(state);
  const slot = requireInviteSlot(state, op.slot_id);
  if (liveTenure(slot)) throw new CodedError('SLOT_ALREADY_FILLED');
  const ttl = op.ttl_s ?? state.invite_ttl_s;
  const issue = slot.invites.length;
  const hash = hashCode(codes.invite(state.channel_id, slot.slot_id, issue));
  const expires_at = ttl === null ? null : position.at + ttl * 1_000;
  return {
    facts: [fact('invite_issued', { slot_id: slot.slot_id, issue, hash, expires_at })],
    issued: { slot_id: slot.slot_id, label: slot.label, issue },
  };
};

export const revokeInvite: OpRule<'revoke_invite'> = ({ state }, op) => {
  requireOpen(state);
  const slot = requireInviteSlot(state, op.slot_id);
  if (slot.invites.at(-1)?.status !== 'live') {
    throw new CodedError('INVITE_INVALID', { message: 'The slot has no live invite.' });
  }
  return { facts: [fact('invite_revoked', { slot_id: slot.slot_id })] };
};

function closeTenure(state: ChannelState, { slot, tenure }: Seat, entry: number): OpEffect {
  if (tenure.admin) requireAnotherAdmin(state, slot.slot_id, false);
  return { facts: [fact('tenure_closed', { slot_id: slot.slot_id, k: tenure.k, entry })] };
}

/** @throws LAST_ADMIN when nobody would be left to administer */
function requireAnotherAdmin(state: ChannelState, slotId: string, creatorGoes: boolean): void {
  const creatorStays = state.creator_admin && !creatorGoes;
  const others = seated(state).some(({ slot, tenure }) => slot.slot_id !== slotId && tenure.admin);
  if (!creatorStays && !others) throw new CodedError('LAST_ADMIN');
}

function requireInviteSlot(state: ChannelState, slotId: string): Slot {
  const slot = findSlot(state, slotId);
  if (slot?.kind !== 'invite') throw new CodedError('SLOT_NOT_FOUND');
  return slot;
}

function requireSeated(state: ChannelState, slotId: string): Seat {
  const slot = requireInviteSlot(state, slotId);
  const tenure = liveTenure(slot);
  if (!tenure) throw new CodedError('SEAT_EMPTY');
  return { slot, tenure };
}
