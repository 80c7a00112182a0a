import { botIdOf } from '../bots/prepare.ts';
import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import type { InputOf, OutputOf } from '../kernel/operation.ts';
import type { Decision, Position } from '../log/model.ts';
import { requireAdmin, requireSeat, resolveViewer } from './access.ts';
import { attaching, prepareBots } from './bot-requests.ts';
import type { ChannelDeps } from './deps.ts';
import { idempotencyOf, recall, remember } from './idempotency.ts';
import { requireNoSecret } from './live-codes.ts';
import type { attachBot } from './operations/channel.ts';
import { attachInto, requireBotSlot, requireBotsOpen } from './ops/bots.ts';
import { type ChannelState, findBot, type Slot } from './state.ts';
import { channelView, cutView, NOTICE, youOf } from './view.ts';

type Input = InputOf<typeof attachBot>;

const FIELDS = { request: 'code_ref', params: 'params', network: 'network', manifest: 'manifest' };

/** Puts a bot into an empty bot slot. */
export async function attach(
  deps: ChannelDeps,
  caller: Caller,
  input: Input,
): Promise<OutputOf<typeof attachBot>> {
  const { channel_id, slot: name, seat, idempotency_key: _key, ...request } = input;
  const call = idempotencyOf('attach_bot', input);
  const scope = `acct:${caller.account}`;
  const check = (state: ChannelState): Slot => {
    requireAdmin(state, caller.account);
    requireSeat(state, caller.account, seat);
    requireBotsOpen(state);
    return emptySlot(state, name);
  };
  const { state: before } = await deps.streams.open(channel_id);
  let botId = recall(before, scope, call) as string | undefined;
  if (botId === undefined) {
    const slot = check(before);
    botId = await deps.usage.adding(before.creator, { bots: 1 }, async () => {
      const [placed] = await prepareBots(deps, channel_id, before.creator, before.bots.length, [
        { slot, request, fields: FIELDS },
      ]);
      if (!placed) throw new Error('One request gives one bot.');
      const decide = (state: ChannelState, position: Position): Decision<string> => {
        const known = recall(state, scope, call);
        if (known !== undefined) return { answer: known as string };
        if (check(state).slot_id !== placed.slot_id) throw new CodedError('SLOT_ALREADY_FILLED');
        const effect = attachInto(state, position, placed);
        requireNoSecret(state, effect.entries ?? []);
        const attached = botIdOf(placed.bot.name, state.bots.length);
        const facts = [...(effect.facts ?? []), ...remember(scope, call, attached)];
        return { draft: { ...effect, facts }, answer: attached };
      };
      return attaching(deps, channel_id, [placed], () => deps.streams.submit(channel_id, decide));
    });
  }
  const { state } = await deps.streams.open(channel_id);
  const bot = findBot(state, botId);
  if (!bot) throw new CodedError('BOT_NOT_FOUND');
  const you = youOf(resolveViewer(state, caller.account, seat));
  const answer = { view: channelView(state), ...you, notice: NOTICE };
  return { ...answer, bot: cutView(bot, answer) };
}

function emptySlot(state: ChannelState, name: string | undefined): Slot {
  if (name === undefined) {
    const slot = state.slots.find((one) => one.kind === 'bot' && one.bot_id === null);
    if (!slot) throw new CodedError('SLOT_NOT_FOUND', { message: 'The channel has no empty bot slot.' });
    return slot;
  }
  const slot = requireBotSlot(state, name);
  if (slot.bot_id !== null)
    throw new CodedError('SLOT_ALREADY_FILLED', { message: 'A bot is attached to that slot.' });
  return slot;
}
