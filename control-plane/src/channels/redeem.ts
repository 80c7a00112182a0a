import { serverEntry } from '../bots/announce.ts';
import { CodedError } from '../kernel/errors.ts';
import type { Decision, Position } from '../log/model.ts';
import { requireOpen } from './access.ts';
import { fact } from './facts.ts';
import { anotherHandle, type JoinContext, type Joined } from './handles.ts';
import { takeHandle } from './next-call.ts';
import { type ChannelState, type Invite, liveTenure, type Slot } from './state.ts';

/** How long a first answer may be lost and asked for again, ms. */
const SECOND_CHANCE_MS = 10 * 60_000;

/**
 * Opens a tenure with an invite.
 *
 * @throws INVITE_INVALID, INVITE_REVOKED, INVITE_EXPIRED, SLOT_ALREADY_FILLED, CHANNEL_CLOSED
 */
export function redeem(
  state: ChannelState,
  position: Position,
  context: JoinContext,
  hash: string,
): Decision<Joined> {
  const found = state.status === 'deleted' ? undefined : findInvite(state, hash);
  if (!found) throw new CodedError('INVITE_INVALID');
  const { slot, invite } = found;
  if (invite.status === 'used') return redeemAgain(state, slot, invite, position, context);
  if (invite.status === 'revoked') throw new CodedError('INVITE_REVOKED');
  requireOpen(state);
  if (invite.expires_at !== null && position.at >= invite.expires_at) throw new CodedError('INVITE_EXPIRED');
  if (liveTenure(slot)) throw filled(state, slot, context.account);
  return openTenure(state, slot, invite, position, context);
}

/** The account that redeemed it may do so again for a while, before it posted: its answer may be lost. */
function redeemAgain(
  state: ChannelState,
  slot: Slot,
  invite: Invite,
  position: Position,
  context: JoinContext,
): Decision<Joined> {
  const tenure = liveTenure(slot);
  if (!tenure) throw new CodedError('INVITE_INVALID', { message: 'This invite code is used up.' });
  const again =
    tenure.issue === invite.issue &&
    tenure.account === context.account &&
    !tenure.posted &&
    position.at - tenure.joined_at <= SECOND_CHANCE_MS;
  if (!again) throw filled(state, slot, context.account);
  return anotherHandle({ slot, tenure }, context);
}

/** The account that holds the seat itself is told how it gets another handle. */
function filled(state: ChannelState, slot: Slot, account: string): CodedError {
  const own = liveTenure(slot)?.account === account && !state.strict_seats;
  const next = own ? { next_call: takeHandle(state.channel_id, slot.slot_id) } : {};
  return new CodedError('SLOT_ALREADY_FILLED', next);
}

function openTenure(
  state: ChannelState,
  slot: Slot,
  invite: Invite,
  position: Position,
  context: JoinContext,
): Decision<Joined> {
  const { slot_id, label } = slot;
  const k = slot.tenures.length;
  const opened = fact('tenure_opened', {
    slot_id,
    k,
    account: context.account,
    admin: state.creator_admin && state.creator === context.account,
    issue: invite.issue,
    joined_at: position.at,
    entry: position.nextId,
  });
  const handle = fact('handle_made', { slot_id, k, hash: context.handleHash(slot_id, k, 0), rotates: false });
  return {
    draft: { entries: [serverEntry({ type: 'seat:joined', slot_id, label })], facts: [opened, handle] },
    answer: { slot_id, k, handle: 0 },
  };
}

function findInvite(state: ChannelState, hash: string): { slot: Slot; invite: Invite } | undefined {
  for (const slot of state.slots) {
    const invite = slot.invites.find((candidate) => candidate.hash === hash);
    if (invite) return { slot, invite };
  }
  return undefined;
}
