import { randomBytes } from 'node:crypto';
import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import type { InputOf, OutputOf } from '../kernel/operation.ts';
import type { Decide, DraftFact, Position } from '../log/model.ts';
import { attachDraft } from './attach-draft.ts';
import { attaching, type PlacedBot, prepareBots, requestedBots } from './bot-requests.ts';
import { base32, hashCode } from './codes.ts';
import type { ChannelDeps } from './deps.ts';
import { fact } from './facts.ts';
import type { Idempotency } from '../kernel/idempotency.ts';
import { idempotencyOf, recall, remember } from './idempotency.ts';
import type { createChannel } from './operations/channel.ts';
import { parseSlots, type SlotRequest } from './slots.ts';
import type { ChannelState } from './state.ts';
import { botViews, channelView } from './view.ts';

type Input = InputOf<typeof createChannel>;

/** Makes a channel with its bots, or nothing at all. */
export async function create(
  deps: ChannelDeps,
  caller: Caller,
  input: Input,
): Promise<OutputOf<typeof createChannel>> {
  const call = idempotencyOf('create_channel', input);
  const channelId =
    input.idempotency_key === undefined
      ? `chn_${base32(randomBytes(10), 16)}`
      : deps.codes.channelFor(caller.account, input.idempotency_key);
  const scope = `acct:${caller.account}`;
  const known = recall((await deps.streams.open(channelId)).state, scope, call);
  if (known === undefined) {
    const slots = parseSlots(input.slots);
    const botSlots = slots.flatMap(({ kind, label }, index) =>
      kind === 'bot' ? [{ slot_id: `s${index}`, label }] : [],
    );
    const requests = requestedBots(input, botSlots);
    await deps.usage.adding(caller.account, { channels: 1, bots: requests.length }, async () => {
      const placed = await prepareBots(deps, channelId, caller.account, 0, requests);
      const decide = decideCreation({ deps, caller, input, channelId, slots, placed, call });
      await attaching(deps, channelId, placed, () => deps.streams.submit(channelId, decide));
    });
  }
  return answer(deps, (await deps.streams.open(channelId)).state);
}

interface Creation {
  readonly deps: ChannelDeps;
  readonly caller: Caller;
  readonly input: Input;
  readonly channelId: string;
  readonly slots: readonly SlotRequest[];
  readonly placed: readonly PlacedBot[];
  readonly call: Idempotency | undefined;
}

function decideCreation(creation: Creation): Decide<ChannelState, undefined> {
  const { caller, channelId, placed, call } = creation;
  const scope = `acct:${caller.account}`;
  return (state, position) => {
    if (state.status === 'deleted') {
      throw new CodedError('IDEMPOTENCY_CONFLICT', {
        message: 'The channel that this idempotency_key made is deleted.',
      });
    }
    // Only a repeat of this very call can have made a channel of this id.
    if (state.status !== 'absent') {
      recall(state, scope, call);
      return { answer: undefined };
    }
    const attached = attachDraft(channelId, position, 0, placed);
    const facts = [
      created(creation, position),
      ...invites(creation, position),
      ...attached.facts,
      ...remember(scope, call, { channel_id: channelId }),
    ];
    return { draft: { ...attached, facts }, answer: undefined };
  };
}

function created({ deps, caller, input, slots }: Creation, position: Position): DraftFact {
  return fact('channel_created', {
    name: input.name,
    account: caller.account,
    created_at: new Date(position.at).toISOString(),
    slots: slots.map(({ kind, label }) => ({ kind, label })),
    visibility: input.visibility,
    bots_policy: input.bots_policy,
    strict_seats: input.strict_seats,
    invite_ttl_s: input.invite_ttl_s ?? null,
    loop_guard: { per_minute: deps.loopGuard.per_minute, burst: deps.loopGuard.burst },
  });
}

function invites({ deps, channelId, input, slots }: Creation, position: Position): readonly DraftFact[] {
  const expires_at = input.invite_ttl_s === undefined ? null : position.at + input.invite_ttl_s * 1_000;
  return slots.flatMap((slot, index) => {
    const slot_id = `s${index}`;
    if (slot.kind !== 'invite') return [];
    return [
      fact('invite_issued', {
        slot_id,
        issue: 0,
        hash: hashCode(deps.codes.invite(channelId, slot_id, 0)),
        expires_at,
      }),
    ];
  });
}

function answer(deps: ChannelDeps, state: ChannelState): OutputOf<typeof createChannel> {
  const invite_slots = state.slots
    .filter((slot) => slot.kind === 'invite')
    .map(({ slot_id, label }) => ({
      slot_id,
      label,
      invite_code: deps.codes.invite(state.channel_id, slot_id, 0),
    }));
  const answer = {
    channel_id: state.channel_id,
    invites: invite_slots.map((slot) => slot.invite_code),
    invite_slots,
    view: channelView(state),
    next: 'Call join_channel with one of the invites to take a seat yourself; give each other player one of the rest.',
  };
  return { ...answer, bots: botViews(state, answer) };
}
