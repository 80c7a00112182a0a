import type { Clock } from '../../kernel/clock.ts';

/**
 * What strangers can make this server fetch: anybody may name any URL as a client id. Honest clients are a
 * handful of documents, each fetched once in minutes or hours.
 */
export const FETCHES = {
  /** Fetches under way, each of at most 5 s: a minute's worth of slow hosts does not fill them. */
  atOnce: 16,
  /** Of documents that are not known yet, a minute, over all hosts: names of one host can be countless. */
  perMinute: 60,
  /** The same of one host: ChatGPT has a document for each connection that somebody sets up. */
  perHost: 20,
} as const;

const MINUTE_MS = 60_000;

/** Counts fetches, by the minute and at once. */
export class FetchBudget {
  readonly #clock: Clock;
  #underWay = 0;
  #since = 0;
  /** Of the minute since `#since`. */
  #total = 0;
  readonly #ofHost = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes a place for a fetch, to be given back by {@link leave}; false where there is none.
   *
   * @param isKnown a document that we have had already: such fetches are few as they are, and strangers
   *   who use the minute up must not keep clients in use from being read again
   */
  enter(host: string, isKnown: boolean): boolean {
    if (this.#underWay >= FETCHES.atOnce) return false;
    if (!isKnown && !this.#count(host)) return false;
    this.#underWay++;
    return true;
  }

  leave(): void {
    this.#underWay--;
  }

  #count(host: string): boolean {
    const now = this.#clock.now();
    if (Math.abs(now - this.#since) >= MINUTE_MS) {
      this.#since = now;
      this.#total = 0;
      this.#ofHost.clear();
    }
    const ofHost = this.#ofHost.get(host) ?? 0;
    if (this.#total >= FETCHES.perMinute || ofHost >= FETCHES.perHost) return false;
    this.#total++;
    this.#ofHost.set(host, ofHost + 1);
    return true;
  }
}
