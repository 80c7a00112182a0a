import { sha256Label } from '../kernel/hash.ts';
import type { Decide, Draft, Position } from '../log/model.ts';
import type { FailureReason } from '../sandbox/port.ts';
import { serverEntry } from './announce.ts';
import type { Effect } from './effects.ts';
import { type BotState, type HookFact, isActive, MAX_FAILURES, type PendingHook } from './state.ts';

/** What the bots' part of a channel's state must tell. */
export interface BotsOf {
  readonly status: string;
  readonly bots: readonly BotState[];
}

/** A hook that has run, as it started: its effect counts only if nothing of this has changed since. */
export interface RanHook {
  readonly channel_id: string;
  readonly bot: BotState;
  readonly pending: PendingHook;
}

/** A hook that failed, by evidence from inside. */
export interface Failure {
  readonly reason: FailureReason;
  /** The server's own sentence. */
  readonly detail: string;
  readonly line?: number;
}

/**
 * The commit of a hook's effect. Computed once, it may be numbered again onto a moved head, but only
 * while the bot, its cursor and its state are those that the hook started from; else it is dropped.
 *
 * @returns a decision that answers whether the effect was written
 */
export function commitEffect(ran: RanHook, effect: Effect): Decide<BotsOf, boolean> {
  return whileCurrent(ran, (bot, position) => {
    const hash = effect.state === undefined ? bot.state_hash : sha256Label(effect.state);
    const version = effect.state === undefined ? bot.state_version : bot.state_version + 1;
    const attachments =
      effect.state === undefined || hash === null
        ? []
        : [{ scope: stateScope(ran), version, hash, text: effect.state, forget_below: version - 1 }];
    const fact = hookFact(ran, position, effect.entries.length, {
      outcome: 'ok',
      state_after: hash,
      state_version: version,
    });
    return { cause: ran.pending.cause, entries: effect.entries, facts: [fact], attachments };
  });
}

/** The commit of a failed hook: nothing of it counts, and everyone sees that. */
export function commitFailure(ran: RanHook, failure: Failure): Decide<BotsOf, boolean> {
  return whileCurrent(ran, (bot, position) => {
    const suspends = bot.failures + 1 >= MAX_FAILURES;
    const entry = serverEntry({
      type: 'bot:error',
      bot_id: bot.bot_id,
      cause: ran.pending.cause,
      hook: ran.pending.hook,
      reason: failure.reason,
      message: failure.detail,
      ...(failure.line === undefined ? {} : { line: failure.line }),
      ...(suspends
        ? { suspended: true, next: 'An admin may resume the bot: update_channel with resume_bot.' }
        : {}),
    });
    const fact = hookFact(ran, position, 1, { outcome: 'bot_failed', reason: failure.reason, suspends });
    return { cause: ran.pending.cause, entries: [entry], facts: [fact] };
  });
}

/** Whose states an attachment belongs to. */
export function stateScope(ran: { readonly channel_id: string; readonly bot: BotState }): string {
  return `${ran.channel_id}/${ran.bot.bot_id}`;
}

function whileCurrent(
  ran: RanHook,
  draft: (bot: BotState, position: Position) => Draft,
): Decide<BotsOf, boolean> {
  return (state, position) => {
    const bot = state.bots.find((candidate) => candidate.bot_id === ran.bot.bot_id);
    const current =
      bot !== undefined &&
      state.status === 'open' &&
      isActive(bot) &&
      bot.generation === ran.bot.generation &&
      bot.state_version === ran.bot.state_version &&
      bot.pending[0]?.cause === ran.pending.cause;
    return current ? { draft: draft(bot, position), answer: true } : { answer: false };
  };
}

function hookFact(
  { bot, pending }: RanHook,
  position: Position,
  entries: number,
  end: Partial<HookFact> & Pick<HookFact, 'outcome'>,
): { readonly type: 'hook' } & HookFact {
  return {
    type: 'hook',
    bot_id: bot.bot_id,
    generation: bot.generation,
    cause: pending.cause,
    hook: pending.hook,
    reason: null,
    state_before: bot.state_hash,
    state_after: bot.state_hash,
    state_version: bot.state_version,
    entry_ids: Array.from({ length: entries }, (_, index) => position.nextId + index),
    runtime: bot.runtime,
    suspends: false,
    ...end,
  };
}
