/** The time of day, replaceable in tests. */
export interface Clock {
  /** ms since the epoch, an integer. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
