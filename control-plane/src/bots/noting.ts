import type { Logger } from '../kernel/logger.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { HookResult } from '../sandbox/port.ts';
import type { Failure } from './judge.ts';
import type { RanHook } from './outcome.ts';

const KILLED = 'a hook was killed';

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
  else {
    to.metrics.kill(reason);
    to.log.warn({ ...named(ran), reason, ms: Math.round(result.wallMs) }, KILLED);
  }
}

/** Tells of a hook whose container went away under it; it may be tried again. The sandbox has counted it. */
export function noteLost({ log }: Operator, ran: RanHook): void {
  log.warn({ ...named(ran), reason: 'lost', ms: null }, KILLED);
}

function named({ channel_id, bot, pending }: RanHook) {
  return { channel: channel_id, bot: bot.bot_id, hook: pending.hook, cause: pending.cause };
}
