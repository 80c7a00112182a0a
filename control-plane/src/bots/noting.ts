import type { Logger } from '../kernel/logger.ts';
import type { KillCause, Metrics } from '../kernel/metrics.ts';
import type { HookResult } from '../sandbox/port.ts';
import type { Failure } from './judge.ts';
import type { RanHook } from './outcome.ts';

/** Where the operator hears of hooks. */
interface Operator {
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Tells of a hook that failed: a warning where the sandbox had to end it. */
export function noteFailure(to: Operator, ran: RanHook, result: HookResult, { reason }: Failure): void {
  // Each loss of a container was told of when it happened.
  if (result.outcome === 'not_run') return;
  if (reason === 'exception') to.log.info({ ...named(ran), reason }, 'a hook failed');
  else noteKilled(to, ran, reason, Math.round(result.wallMs));
}

/** Tells of a hook whose container went away under it; it may be tried again. */
export function noteLost(to: Operator, ran: RanHook): void {
  noteKilled(to, ran, 'lost', null);
}

function noteKilled({ log, metrics }: Operator, ran: RanHook, reason: KillCause, ms: number | null): void {
  metrics.kill(reason);
  log.warn({ ...named(ran), reason, ms }, 'a hook was killed');
}

function named({ channel_id, bot, pending }: RanHook) {
  return { channel: channel_id, bot: bot.bot_id, hook: pending.hook, cause: pending.cause };
}
