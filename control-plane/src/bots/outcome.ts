import { sha256Label } from '../kernel/hash.ts';
import type { Decide, Draft, Position } from '../log/model.ts';
import { serverEntry } from './announce.ts';
import type { Effect } from './effects.ts';
import type { Evidence } from './evidence.ts';
import type { Failure } from './judge.ts';
import { type BotState, type HookFact, isActive, MAX_FAILURES, type PendingHook } from './state.ts';

/** What the bots' part of a channel's state must tell. */
export interface BotsOf {
  readonly status: string;
  /** The account that made the channel: all its bots take turns at the containers as one. */
  readonly creator: string;
  readonly bots: readonly BotState[];
}

/** A hook that has run, as it started: its effect counts only if nothing of this has changed since. */
export interface RanHook {
  readonly channel_id: string;
  /** The account that made the channel. */
  readonly owner: string;
  readonly bot: BotState;
  readonly pending: PendingHook;
}

/**
 * The commit of a hook's effect. Computed once, it may be numbered again onto a moved head, but only
 * while the bot, its cursor and its state are those that the hook started from; else it is dropped.
 *
 * @returns a decision that answers whether the effect was written
 */
export function commitEffect(ran: RanHook, effect: Effect, evidence: Evidence = {}): Decide<BotsOf, boolean> {
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
      ...(effect.state === undefined ? {} : { state_bytes: Buffer.byteLength(effect.state) }),
      ...evidence,
    });
    return { cause: ran.pending.cause, entries: effect.entries, facts: [fact], attachments };
  });
}

/** The commit of a failed hook: nothing of it counts, and everyone sees that. Why is for the admin. */
export function commitFailure(
  ran: RanHook,
  failure: Failure,
  evidence: Evidence = {},
): Decide<BotsOf, boolean> {
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
    const fact = hookFact(ran, position, 1, {
      outcome: 'bot_failed',
      reason: failure.reason,
      suspends,
      ...evidence,
    });
    return { cause: ran.pending.cause, entries: [entry], facts: [fact] };
  });
}

/** The commit that tells a channel that another image runs the bot from now on. */
export function commitRuntime({ bot }: RanHook, runtime: string): Decide<BotsOf, undefined> {
  return (state) => {
    const now = state.bots.find((candidate) => candidate.bot_id === bot.bot_id);
    if (!now || !isActive(now) || state.status !== 'open' || now.runtime === runtime)
      return { answer: undefined };
    const body = { type: 'bot:runtime', bot_id: bot.bot_id, runtime, before: now.runtime };
    const fact = { type: 'bot_runtime', bot_id: bot.bot_id, runtime };
    return { draft: { entries: [serverEntry(body)], facts: [fact] }, answer: undefined };
  };
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
