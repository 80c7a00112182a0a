import type { Allowance } from '../kernel/taken.ts';

const MINUTE_MS = 60_000;
/** Of floating point: far below any interval between two takes. */
const ROUNDING_MS = 1e-6;

/**
 * Holds each of many keys to the same rate (GCRA, ITU-T I.371): a window's worth at once, regained steadily.
 * One number a key and no timers. Keys that were silent for a minute are let go, which loses nothing; where
 * more come within it than may be kept, those are forgotten that were silent for the longest.
 */
export class Rate {
  /** Takes that are granted at once to a key that took none lately. */
  readonly quota: number;
  /** In which they are regained. */
  readonly windowMs: number;
  readonly #mostYoung: number;
  readonly #now: () => number;
  /** When a key has its whole budget again: of those that took lately, and of those that took before. */
  #young = new Map<string, number>();
  #old = new Map<string, number>();
  #youngSince: number;

  /** @param now a monotonic clock, ms */
  constructor(perMinute: number, mostKeys: number, now: () => number, windowMs: number = MINUTE_MS) {
    this.quota = (perMinute * windowMs) / MINUTE_MS;
    this.windowMs = windowMs;
    this.#mostYoung = Math.ceil(mostKeys / 2);
    this.#now = now;
    this.#youngSince = now();
  }

  /** How many keys are remembered, at most. */
  get keys(): number {
    return this.#young.size + this.#old.size;
  }

  /** Takes one of what a key has. */
  take(key: string): Allowance {
    const now = this.#now();
    const wholeAt = this.#young.get(key) ?? this.#old.get(key) ?? now;
    const used = Math.max(0, wholeAt - now);
    const after = used + this.windowMs / this.quota;
    const over = after - this.windowMs;
    if (over > ROUNDING_MS) return this.#allowance(false, used, over);
    this.#makeRoom(now);
    this.#young.set(key, now + after);
    return this.#allowance(true, after, 0);
  }

  #allowance(granted: boolean, usedMs: number, overMs: number): Allowance {
    const left = ((this.windowMs - usedMs) * this.quota) / this.windowMs;
    return {
      granted,
      remaining: granted ? Math.max(0, Math.floor(left + ROUNDING_MS)) : 0,
      wholeInS: Math.ceil(usedMs / 1_000),
      retryAfterS: Math.ceil(overMs / 1_000),
    };
  }

  /** Two maps instead of one in order: to find the eldest of a map takes as long as many were deleted. */
  #makeRoom(now: number): void {
    if (this.#young.size < this.#mostYoung && now - this.#youngSince < MINUTE_MS) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngSince = now;
  }
}
