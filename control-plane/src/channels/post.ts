import { isActive, MAX_PENDING } from '../bots/state.ts';
import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import { canonicalJson } from '../kernel/json/canonical.ts';
import type { Json } from '../kernel/json/value.ts';
import type { CallContext, InputOf, OutputOf } from '../kernel/operation.ts';
import type { Decide } from '../log/model.ts';
import { requireOpen, resolveSeat, type Seat } from './access.ts';
import type { ChannelDeps } from './deps.ts';
import type { Idempotency } from '../kernel/idempotency.ts';
import { idempotencyOf, recall, remember } from './idempotency.ts';
import { holdsLiveCode } from './live-codes.ts';
import { guardLeft, requireGuard } from './loop-guard.ts';
import { readOn } from './next-call.ts';
import type { dmBot, postMessage } from './operations/messages.ts';
import { bytesOfEntry } from './quota/holdings.ts';
import { awaitReplies, nextStep } from './replies.ts';
import { type ChannelState, findBot, findSlot, isAdmin, liveTenure } from './state.ts';
import { NOTICE, youOf } from './view.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** Posts for everyone, and waits for what the bots say to it. */
export async function post(
  deps: ChannelDeps,
  caller: Caller,
  input: InputOf<typeof postMessage>,
  context: CallContext,
): Promise<OutputOf<typeof postMessage>> {
  const call = idempotencyOf('post_message', input);
  const target = (): undefined => {
    if (input.kind !== 'user') throw new CodedError('KIND_NOT_ALLOWED');
  };
  return send(deps, caller, { ...input, call, body: bodyOf(input.body), target }, context);
}

/** Posts for one bot alone, and waits for what it says to it. */
export async function dm(
  deps: ChannelDeps,
  caller: Caller,
  input: InputOf<typeof dmBot>,
  context: CallContext,
): Promise<OutputOf<typeof dmBot>> {
  const call = idempotencyOf('dm_bot', input);
  const target = (state: ChannelState): string => {
    const bot = findBot(state, input.bot_id);
    if (!bot || bot.removed) throw new CodedError('BOT_NOT_FOUND');
    if (bot.suspended) throw suspended(state, caller.account, bot.bot_id);
    return bot.slot_id;
  };
  const sent = await send(deps, caller, { ...input, call, body: bodyOf(input.message), target }, context);
  return { ...sent, ok: true, delivered_to: input.bot_id };
}

/** An admin can resume the bot itself. */
function suspended(state: ChannelState, account: string, bot_id: string): CodedError {
  if (!isAdmin(state, account)) return new CodedError('BOT_SUSPENDED');
  const { channel_id } = state;
  const ops = [{ type: 'resume_bot', bot_id }];
  return new CodedError('BOT_SUSPENDED', {
    next_call: { tool: 'update_channel', arguments: { channel_id, ops } },
  });
}

interface Sending {
  readonly channel_id: string;
  readonly seat?: string | undefined;
  readonly wait_ms: number;
  readonly call: Idempotency | undefined;
  readonly body: Json;
  /** The slot that a private entry goes to. Throws what speaks against the post. */
  readonly target: (state: ChannelState) => string | undefined;
}

async function send(
  deps: ChannelDeps,
  caller: Caller,
  sending: Sending,
  context: CallContext,
): Promise<OutputOf<typeof postMessage>> {
  const { channel_id } = sending;
  const { msg_id, ts, slot_id, k } = await deps.streams.submit(channel_id, decidePost(deps, caller, sending));
  deps.metrics.post();
  const asked = { msg_id, slot_id, k, account: caller.account };
  const replies = await awaitReplies(deps, channel_id, asked, sending.wait_ms, context);
  const { state } = await deps.streams.known(channel_id);
  const slot = findSlot(state, slot_id);
  const tenure = slot && liveTenure(slot);
  return {
    msg_id,
    ts,
    ...replies,
    loop_guard: guardLeft(state, tenure?.guard_until ?? 0, deps.clock.now()),
    next: nextStep(state, replies),
    ...(slot && tenure ? youOf({ as: 'seat', seat: { slot, tenure } }) : {}),
    notice: NOTICE,
  };
}

interface Posted {
  readonly msg_id: number;
  readonly ts: string;
  readonly slot_id: string;
  readonly k: number;
}

function decidePost(
  deps: ChannelDeps,
  caller: Caller,
  { seat: handle, call, body, target }: Sending,
): Decide<ChannelState, Posted> {
  // Spelled once: a conflict may ask for the decision again.
  const text = canonicalJson(body);
  return (state, position) => {
    const seat = resolveSeat(state, caller.account, handle);
    const { slot_id } = seat.slot;
    const { k } = seat.tenure;
    const scope = `seat:${slot_id}/${k}`;
    const known = recall(state, scope, call);
    if (known !== undefined) return { answer: { ...(known as unknown as Posted), slot_id, k } };
    requireOpen(state);
    const to_slot = target(state);
    requirePostable(state, seat, text, position.at);
    deps.usage.requireRoom(state, bytesOfEntry({ body }));
    requireBotsAwake(state, handle, position.nextId - 1);
    const posted = { msg_id: position.nextId, ts: new Date(position.at).toISOString() };
    const entry = { sender: slot_id, sender_kind: 'member' as const, kind: 'user', body };
    return {
      draft: {
        entries: [to_slot === undefined ? entry : { ...entry, to_slot }],
        facts: remember(scope, call, posted),
      },
      answer: { ...posted, slot_id, k },
    };
  };
}

function requirePostable(state: ChannelState, seat: Seat, text: string, at: number): void {
  if (Buffer.byteLength(text) > MAX_BODY_BYTES)
    throw new CodedError('TOO_LARGE', { limit_bytes: MAX_BODY_BYTES });
  if (holdsLiveCode(state, text)) throw new CodedError('SECRET_IN_BODY');
  requireGuard(state, seat.tenure, at);
}

/** @throws BOT_BUSY where a bot is too far behind; what comes after `head` tells when it goes on */
function requireBotsAwake(state: ChannelState, handle: string | undefined, head: number): void {
  if (!state.bots.some((bot) => isActive(bot) && bot.pending.length >= MAX_PENDING)) return;
  throw new CodedError('BOT_BUSY', { next_call: readOn(state.channel_id, handle, head) });
}

function bodyOf(body: string | Readonly<Record<string, unknown>>): Json {
  return typeof body === 'string' ? { text: body } : (body as Json);
}
