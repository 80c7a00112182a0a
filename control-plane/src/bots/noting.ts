import type { Logger } from '../kernel/logger.ts';
import type { KillCause, Metrics } from '../kernel/metrics.ts';
import type { HookResult } from '../sandbox/port.ts';
import type { Failure } from './judge.ts';
import type { RanHook } from './outcome.ts';

/** One line for the operator on a failed hook; a warning and a count where the sandbox had to end it. */
export function noteFailure(
  { log, metrics }: { readonly log: Logger; readonly metrics: Metrics },
  { channel_id, bot, pending }: RanHook,
  result: HookResult,
  failure: Failure,
): void {
  const fields = {
    channel: channel_id,
    bot: bot.bot_id,
    hook: pending.hook,
    cause: pending.cause,
    reason: failure.reason,
  };
  if (failure.reason === 'exception') return log.info(fields, 'a hook failed');
  const reason: KillCause = result.outcome === 'not_run' ? 'lost' : failure.reason;
  const ms = result.outcome === 'not_run' ? null : Math.round(result.wallMs);
  metrics.kill(reason);
  log.warn({ ...fields, reason, ms }, 'a hook was killed');
}
