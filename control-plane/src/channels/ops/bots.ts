import { seedEntry } from '../../bots/announce.ts';
import type { BotState } from '../../bots/state.ts';
import { CodedError } from '../../kernel/errors.ts';
import type { Position } from '../../log/model.ts';
import { requireOpen } from '../access.ts';
import { attachDraft } from '../attach-draft.ts';
import type { PlacedBot } from '../bot-requests.ts';
import { fact } from '../facts.ts';
import { type ChannelState, findBot, type Slot } from '../state.ts';
import { botsFrozen } from '../view.ts';
import type { OpEffect, OpRule } from './context.ts';

/** Puts a bot into a slot, in place of the one that is there. */
export const setBot: OpRule<'set_bot'> = ({ state, position, prepared }) => {
  requireBotsOpen(state);
  if (!prepared) throw new Error('set_bot needs its bot prepared.');
  return attachInto(state, position, prepared);
};

export const removeBot: OpRule<'remove_bot'> = ({ state }, op) => {
  requireBotsOpen(state);
  const bot = requireBot(state, op.bot_id);
  return { entries: [seedEntry(bot)], facts: [fact('bot_removed', { bot_id: bot.bot_id })] };
};

export const resumeBot: OpRule<'resume_bot'> = ({ state }, op) => {
  requireOpen(state);
  const bot = requireBot(state, op.bot_id);
  if (!bot.suspended) throw new CodedError('BOT_NOT_SUSPENDED');
  return { facts: [fact('bot_resumed', { bot_id: bot.bot_id })] };
};

/** What attaching a prepared bot to its slot writes; a bot that sits there goes, and its seed is revealed. */
export function attachInto(state: ChannelState, position: Position, placed: PlacedBot): OpEffect {
  const before = state.bots.find((bot) => bot.slot_id === placed.slot_id && !bot.removed);
  const gone = before ? [seedEntry(before)] : [];
  const after = { ...position, nextId: position.nextId + gone.length };
  const attached = attachDraft(state.channel_id, after, state.bots.length, [placed]);
  return {
    entries: [...gone, ...attached.entries],
    facts: [...(before ? [fact('bot_removed', { bot_id: before.bot_id })] : []), ...attached.facts],
    attachments: attached.attachments,
  };
}

/** @throws CHANNEL_CLOSED or BOTS_FROZEN */
export function requireBotsOpen(state: ChannelState): void {
  requireOpen(state);
  if (botsFrozen(state)) throw new CodedError('BOTS_FROZEN');
}

/** The bot slot of a label or slot id. */
export function requireBotSlot(state: ChannelState, name: string): Slot {
  const slot = state.slots.find((one) => one.kind === 'bot' && (one.slot_id === name || one.label === name));
  if (!slot) throw new CodedError('SLOT_NOT_FOUND');
  return slot;
}

function requireBot(state: ChannelState, botId: string): BotState {
  const bot = findBot(state, botId);
  if (!bot || bot.removed) throw new CodedError('BOT_NOT_FOUND');
  return bot;
}
