import { type Allowance, Rate } from './rate.ts';

/** What a call may be counted against. */
export type Budget = 'reads' | 'writes' | 'creations' | 'strangers' | 'registrations';

/** Calls a minute of one account (the first three) or of one address; 0 for no limit. */
export type Rates = Readonly<Record<Budget, number>>;

/** Over each budget; some 10 MB of memory where all of them are there. */
const MOST_KEYS = 100_000;

/** An allowance, and of what. */
export interface Taken extends Allowance {
  readonly budget: Budget;
  readonly perMinute: number;
}

/** The budgets of this server's callers. Each server counts for itself. */
export class Budgets {
  readonly #rates: ReadonlyMap<Budget, Rate>;

  /** @param now a monotonic clock, ms */
  constructor(rates: Rates, now: () => number = () => performance.now()) {
    const limited = Object.entries(rates).filter(([, perMinute]) => perMinute > 0);
    this.#rates = new Map(
      limited.map(([budget, perMinute]) => [budget as Budget, new Rate(perMinute, MOST_KEYS, now)]),
    );
  }

  /** Takes one of what an account or an address has; undefined where there is no limit. */
  take(budget: Budget, key: string): Taken | undefined {
    const rate = this.#rates.get(budget);
    return rate && { ...rate.take(key), budget, perMinute: rate.perMinute };
  }
}
