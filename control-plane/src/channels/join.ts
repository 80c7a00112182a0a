import { serverEntry } from '../bots/announce.ts';
import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import type { InputOf, OutputOf } from '../kernel/operation.ts';
import type { Decision, Position } from '../log/model.ts';
import { requireExists, resolveSeat, seatByHandle } from './access.ts';
import { hashCode, readCode } from './codes.ts';
import type { ChannelDeps } from './deps.ts';
import { fact } from './facts.ts';
import { idempotencyOf, recall, remember } from './idempotency.ts';
import type { joinChannel } from './operations/channel.ts';
import { anotherHandle, handOut, requireChangeable, type JoinContext, type Joined } from './handles.ts';
import { redeem } from './redeem.ts';
import { type ChannelState, findSlot, liveTenure } from './state.ts';
import { botViews, channelView, NOTICE } from './view.ts';

type Input = InputOf<typeof joinChannel>;

/** Takes a seat by invite, takes it over by its handle, or gives its holder another handle. */
export async function join(
  deps: ChannelDeps,
  caller: Caller,
  given: Input,
): Promise<OutputOf<typeof joinChannel>> {
  const input = trimmed(given);
  const way = wayOf(input);
  const { channelId } = way;
  const call = idempotencyOf('join_channel', input);
  const scope = `acct:${caller.account}`;
  const context: JoinContext = {
    account: caller.account,
    channelId,
    handleHash: (slotId, k, number) => hashCode(deps.codes.handle(channelId, slotId, k, number)),
  };
  const joined = await deps.streams.submit(channelId, (state, position): Decision<Joined> => {
    const known = recall(state, scope, call);
    if (known !== undefined) return { answer: known as unknown as Joined };
    const decided = way.decide(state, position, context);
    if (!decided.draft) return decided;
    const facts = [...(decided.draft.facts ?? []), ...remember(scope, call, { ...decided.answer })];
    return { draft: { ...decided.draft, facts }, answer: decided.answer };
  });
  const { state } = await deps.streams.open(channelId);
  const { slot_id, k, handle } = joined;
  const answer = {
    channel_id: channelId,
    slot_id,
    rejoin_token:
      handle === null ? (input.invite_code as string) : deps.codes.handle(channelId, slot_id, k, handle),
    view: channelView(state),
    you: { slot_id, label: findSlot(state, slot_id)?.label ?? '' },
    notice: NOTICE,
    next: 'Keep rejoin_token: it is your seat. Call get_bot_code to read the referee, then sync_messages to see what happened.',
  };
  return { ...answer, bots: botViews(state, answer) };
}

/** People copy a code with the space or the line break beside it. */
function trimmed(input: Input): Input {
  return input.invite_code === undefined ? input : { ...input, invite_code: input.invite_code.trim() };
}

interface Way {
  readonly channelId: string;
  readonly decide: (state: ChannelState, position: Position, context: JoinContext) => Decision<Joined>;
}

function wayOf(input: Input): Way {
  const { invite_code, channel_id, slot_id } = input;
  if (invite_code === undefined) {
    if (channel_id === undefined || slot_id === undefined) {
      throw new CodedError('INVALID_REQUEST', {
        field: 'invite_code',
        message: 'Give invite_code, or channel_id and slot_id.',
      });
    }
    return {
      channelId: channel_id,
      decide: (state, position, context) => regain(state, position, context, slot_id),
    };
  }
  if (channel_id !== undefined || slot_id !== undefined) {
    throw new CodedError('INVALID_REQUEST', {
      field: 'channel_id',
      message: 'Give either invite_code, or channel_id and slot_id.',
    });
  }
  const code = readCode(invite_code);
  if (!code)
    throw new CodedError(invite_code.startsWith('rejoin_') ? 'REJOIN_TOKEN_INVALID' : 'INVITE_INVALID');
  return {
    channelId: code.channelId,
    decide: (state, position, context) =>
      code.kind === 'inv'
        ? redeem(state, position, context, code.hash)
        : rejoin(state, position, context, code.hash, input.rotate),
  };
}

/** Comes back by a handle; from another account the seat moves, visibly. */
function rejoin(
  state: ChannelState,
  position: Position,
  context: JoinContext,
  hash: string,
  rotate: boolean,
): Decision<Joined> {
  const seat =
    state.status === 'absent' || state.status === 'deleted' ? undefined : seatByHandle(state, hash);
  if (!seat) throw new CodedError('REJOIN_TOKEN_INVALID');
  const { slot_id } = seat.slot;
  const { k, account } = seat.tenure;
  const moved =
    account === context.account ? [] : [fact('seat_moved', { slot_id, k, account: context.account })];
  const handle = rotate ? handOut(seat, context, true) : undefined;
  if (moved.length > 0 || handle) requireChangeable(seat);
  if (moved.length === 0 && !handle) return { answer: { slot_id, k, handle: null } };
  const type = moved.length > 0 ? 'seat:moved' : 'seat:handle';
  return {
    draft: {
      entries: [serverEntry({ type, slot_id, label: seat.slot.label })],
      facts: [...moved, ...(handle ? [handle] : [])],
    },
    answer: { slot_id, k, handle: handle ? seat.tenure.handle_count : null },
  };
}

/** Another handle for the account that holds the seat and has lost its own. */
function regain(
  state: ChannelState,
  _position: Position,
  context: JoinContext,
  slotId: string,
): Decision<Joined> {
  requireExists(state);
  const slot = findSlot(state, slotId);
  const tenure = slot && liveTenure(slot);
  if (!slot || !tenure || tenure.account !== context.account) {
    resolveSeat(state, context.account);
    throw new CodedError('SLOT_NOT_FOUND', { message: 'This account does not hold that seat.' });
  }
  if (state.strict_seats) throw new CodedError('SEAT_REQUIRED');
  return anotherHandle({ slot, tenure }, context);
}
