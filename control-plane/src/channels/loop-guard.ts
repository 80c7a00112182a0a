import { CodedError } from '../kernel/errors.ts';
import type { ChannelState, Tenure } from './state.ts';

/** ms that one post costs. */
function interval(state: ChannelState): number {
  return 60_000 / state.loop_guard.per_minute;
}

/**
 * Holds a seat to its rate (GCRA, ITU-T I.371): a burst, then so many a minute.
 *
 * @param at time of the post, ms
 * @throws LOOP_GUARD with the seconds to wait
 */
export function requireGuard(state: ChannelState, tenure: Tenure, at: number): void {
  const debt = Math.max(tenure.guard_until, at) + interval(state) - at;
  const over = debt - state.loop_guard.burst * interval(state);
  if (over > 0) throw new CodedError('LOOP_GUARD', { retry_after_s: Math.ceil(over / 1_000) });
}

/** What a seat may still post at once. */
export function guardLeft(
  state: ChannelState,
  guardUntil: number,
  now: number,
): { remaining: number; per_minute: number } {
  const used = Math.max(0, guardUntil - now) / interval(state);
  const { burst, per_minute } = state.loop_guard;
  return { remaining: Math.max(0, Math.floor(burst - used)), per_minute };
}
