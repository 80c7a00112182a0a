/** What is left of a budget after a take. */
export interface Allowance {
  readonly granted: boolean;
  /** Takes that would be granted at this moment. */
  readonly remaining: number;
  /** s until the whole budget is there again, rounded up. */
  readonly wholeInS: number;
  /** s until the next take is granted, rounded up; 0 where one is granted now. */
  readonly retryAfterS: number;
}

const MINUTE_MS = 60_000;
/** Of floating point: far below any interval between two takes. */
const ROUNDING_MS = 1e-6;

/**
 * Holds each of many keys to the same rate (GCRA, ITU-T I.371): a minute's worth at once, regained steadily.
 * One number a key and no timers; at the most keys, the one that was silent for the longest is forgotten.
 */
export class Rate {
  /** Takes a minute. */
  readonly perMinute: number;
  readonly #mostKeys: number;
  readonly #now: () => number;
  /** When a key has its whole budget again, in the order in which keys last took. */
  readonly #wholeAt = new Map<string, number>();

  /** @param now a monotonic clock, ms */
  constructor(perMinute: number, mostKeys: number, now: () => number) {
    this.perMinute = perMinute;
    this.#mostKeys = mostKeys;
    this.#now = now;
  }

  /** How many keys are remembered. */
  get keys(): number {
    return this.#wholeAt.size;
  }

  /** Takes one of what a key has. */
  take(key: string): Allowance {
    const now = this.#now();
    const before = this.#wholeAt.get(key);
    const used = Math.max(0, (before ?? now) - now);
    const after = used + MINUTE_MS / this.perMinute;
    const over = after - MINUTE_MS;
    if (over > ROUNDING_MS) return this.#allowance(false, used, over);
    if (before === undefined) this.#makeRoom(now);
    else this.#wholeAt.delete(key);
    this.#wholeAt.set(key, now + after);
    return this.#allowance(true, after, 0);
  }

  #allowance(granted: boolean, usedMs: number, overMs: number): Allowance {
    const left = ((MINUTE_MS - usedMs) * this.perMinute) / MINUTE_MS;
    return {
      granted,
      remaining: granted ? Math.max(0, Math.floor(left + ROUNDING_MS)) : 0,
      wholeInS: Math.ceil(usedMs / 1_000),
      retryAfterS: Math.ceil(overMs / 1_000),
    };
  }

  /** Each newcomer drops two keys that nothing would be lost by, so that they do not pile up. */
  #makeRoom(now: number): void {
    let looked = 0;
    for (const [key, wholeAt] of this.#wholeAt) {
      if (++looked > 2 || (wholeAt > now && this.#wholeAt.size < this.#mostKeys)) return;
      this.#wholeAt.delete(key);
    }
  }
}
