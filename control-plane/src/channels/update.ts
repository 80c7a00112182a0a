import { programKey } from '../bots/prepare.ts';
import { fieldsBelow } from '../bots/source.ts';
import type { Caller } from '../identity/caller.ts';
import type { InputOf, OutputOf } from '../kernel/operation.ts';
import type { Decision, Position } from '../log/model.ts';
import { requireAdmin, requireExists, requireSeat, resolveViewer } from './access.ts';
import { attaching, type PlacedBot, prepareBots, type PlacedRequest } from './bot-requests.ts';
import type { ChannelDeps } from './deps.ts';
import { eraseHistory } from './erase.ts';
import { idempotencyOf, recall, remember } from './idempotency.ts';
import type { updateChannel } from './operations/channel.ts';
import { requireBotSlot, requireBotsOpen } from './ops/bots.ts';
import type { IssuedInvite } from './ops/context.ts';
import { applyOps } from './ops/index.ts';
import type { ChannelState } from './state.ts';
import { channelView, NOTICE, youOf } from './view.ts';

type Input = InputOf<typeof updateChannel>;
type Output = OutputOf<typeof updateChannel>;

/** Applies the ops of a call, all or none. */
export async function update(deps: ChannelDeps, caller: Caller, input: Input): Promise<Output> {
  const { channel_id } = input;
  const call = idempotencyOf('update_channel', input);
  const scope = `acct:${caller.account}`;
  const { state: before } = await deps.streams.open(channel_id);
  const known = recall(before, scope, call);
  const prepared = known === undefined ? await prepareSetBots(deps, caller, input, before) : new Map();
  const decide = (state: ChannelState, position: Position): Decision<Done> => {
    const earlier = recall(state, scope, call);
    if (earlier !== undefined) return { answer: { ...(earlier as unknown as Done), state } };
    const { account } = caller;
    requireExists(state);
    requireSeat(state, account, input.seat);
    const context = { state, position, account, seat: input.seat, codes: deps.codes };
    const { draft, issued } = applyOps(context, input.ops, prepared);
    const facts = [...(draft.facts ?? []), ...remember(scope, call, { issued: [...issued] })];
    return { draft: { ...draft, facts }, answer: { issued, state } };
  };
  const write = () =>
    attaching(deps, channel_id, [...prepared.values()], () => deps.streams.submit(channel_id, decide));
  const done =
    prepared.size === 0
      ? await write()
      : await deps.usage.adding(before.creator, { bots: emptySlots(before, prepared) }, write);
  await afterwards(deps, channel_id, done.state);
  return answer(deps, caller, input, done);
}

interface Done {
  readonly issued: readonly IssuedInvite[];
  /** As it was before the ops. */
  readonly state: ChannelState;
}

/** Slots that get a bot where there was none. */
function emptySlots({ slots }: ChannelState, prepared: ReadonlyMap<number, PlacedBot>): number {
  const filled = new Set([...prepared.values()].map(({ slot_id }) => slot_id));
  return slots.filter(({ slot_id, bot_id }) => filled.has(slot_id) && bot_id === null).length;
}

/** Compiles the bots of set_bot ops, after what can be refused without a container was. */
async function prepareSetBots(
  deps: ChannelDeps,
  caller: Caller,
  input: Input,
  state: ChannelState,
): Promise<ReadonlyMap<number, PlacedBot>> {
  const asked = new Map<number, PlacedRequest>();
  for (const [index, op] of input.ops.entries()) {
    if (op.type !== 'set_bot') continue;
    requireAdmin(state, caller.account);
    requireSeat(state, caller.account, input.seat);
    requireBotsOpen(state);
    const { slot: name, type: _type, ...request } = op;
    asked.set(index, { slot: requireBotSlot(state, name), request, fields: fieldsBelow(`ops.${index}`) });
  }
  const { channel_id } = input;
  const placed = await prepareBots(deps, channel_id, state.creator, state.bots.length, [...asked.values()]);
  return new Map([...asked.keys()].map((index, at) => [index, placed[at] as PlacedBot]));
}

/** Gives back what bots that are gone held, and forgets a deleted channel's history. */
async function afterwards(deps: ChannelDeps, channelId: string, before: ChannelState): Promise<void> {
  const { folded } = await deps.streams.open(channelId);
  const ended = folded.state.status !== 'open';
  const gone = folded.state.bots.filter((bot) => {
    const was = before.bots.find((candidate) => candidate.bot_id === bot.bot_id);
    return (bot.removed || ended) && was !== undefined && !was.removed;
  });
  await Promise.all(gone.map((bot) => deps.sandbox.release(programKey(channelId, bot.bot_id))));
  // Where other servers write too, housekeeping erases it once none of them can come late.
  if (!deps.streams.shared) await eraseHistory(deps.streams, channelId);
}

async function answer(
  deps: ChannelDeps,
  caller: Caller,
  input: Input,
  { issued, state: before }: Done,
): Promise<Output> {
  const { channel_id } = input;
  const { state: now } = await deps.streams.open(channel_id);
  // Of a deleted channel nothing is left to show: its last face is that of before.
  const state: ChannelState = now.status === 'deleted' ? { ...before, status: 'closed' } : now;
  const invites = issued.map(({ slot_id, label, issue }) => ({
    slot_id,
    label,
    invite_code: deps.codes.invite(channel_id, slot_id, issue),
  }));
  return {
    ok: true,
    view: channelView(state),
    ...(invites.length > 0 ? { invites } : {}),
    ...youIn(state, caller.account, input.seat),
    notice: NOTICE,
  };
}

/** The caller's seat, if it still has one after the ops. */
function youIn(state: ChannelState, account: string, seat: string | undefined): ReturnType<typeof youOf> {
  try {
    return youOf(resolveViewer(state, account, seat));
  } catch {
    return {};
  }
}
