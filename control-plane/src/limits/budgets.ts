import { CodedError } from '../kernel/errors.ts';
import type { Taken } from '../kernel/taken.ts';
import { Rate } from './rate.ts';

/** What a call may be counted against. */
export type Budget = 'reads' | 'writes' | 'creations' | 'agents' | 'strangers' | 'registrations';

/** Calls a minute of one account (the first three), of one agent, or of one address; 0 for no limit. */
export type Rates = Readonly<Record<Budget, number>>;

/** Over each budget; some 10 MB of memory where all of them are there. */
const MOST_KEYS = 100_000;

/** In which a budget is regained, ms, where it is no minute: an agent shall not say all at once. */
const WINDOW_MS: Partial<Record<Budget, number>> = { agents: 1_000 };

/** @throws RATE_LIMITED where there is nothing left of a budget; without a limit there always is */
export function requireGranted(taken: Taken | undefined): void {
  if (taken && !taken.granted) throw new CodedError('RATE_LIMITED', { retry_after_s: taken.retryAfterS });
}

/** The budgets of this server's callers. Each server counts for itself. */
export class Budgets {
  readonly #rates: ReadonlyMap<Budget, Rate>;

  /** @param now a monotonic clock, ms */
  constructor(rates: Rates, now: () => number = () => performance.now()) {
    const limited = Object.entries(rates).filter(([, perMinute]) => perMinute > 0);
    this.#rates = new Map(
      limited.map(([budget, perMinute]) => [
        budget as Budget,
        new Rate(perMinute, MOST_KEYS, now, WINDOW_MS[budget as Budget]),
      ]),
    );
  }

  /** Takes one of what an account, an agent or an address has; undefined where there is no limit. */
  take(budget: Budget, key: string): Taken | undefined {
    const rate = this.#rates.get(budget);
    return rate && { ...rate.take(key), budget, quota: rate.quota, windowS: rate.windowMs / 1_000 };
  }
}
