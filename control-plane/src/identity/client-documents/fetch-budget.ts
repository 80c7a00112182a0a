import type { Clock } from '../../kernel/clock.ts';

/**
 * What strangers can make this server fetch: anybody may name any URL as a client id, and a host that served
 * a document yesterday may be another one today. Honest clients are a handful of documents, each fetched
 * once in minutes or hours. All of a minute's fetches, each as slow as it may be (5 s), take 15 places.
 */
export const FETCHES = {
  atOnce: 16,
  /** A minute, of documents that we have no copy of. */
  unknown: {
    /** Over all hosts: names of one host can be countless. */
    total: 60,
    /** Of one host: ChatGPT has a document for each connection that somebody sets up. */
    perHost: 20,
  },
  /** A minute, of documents whose copy grew old: strangers who use up the other share leave this one alone. */
  known: { total: 120, perHost: 20 },
} as const;

const MINUTE_MS = 60_000;

/** Counts fetches, by the minute and at once. */
export class FetchBudget {
  readonly #clock: Clock;
  readonly #unknown = new Share(FETCHES.unknown);
  readonly #known = new Share(FETCHES.known);
  #since = 0;
  #underWay = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes a place for a fetch, to be given back by {@link leave}; false where there is none.
   *
   * @param isKnown whether there is a copy that may serve instead
   */
  enter(host: string, isKnown: boolean): boolean {
    const now = this.#clock.now();
    if (Math.abs(now - this.#since) >= MINUTE_MS) {
      this.#since = now;
      this.#unknown.refill();
      this.#known.refill();
    }
    if (this.#underWay >= FETCHES.atOnce) return false;
    if (!(isKnown ? this.#known : this.#unknown).take(host)) return false;
    this.#underWay++;
    return true;
  }

  leave(): void {
    this.#underWay--;
  }
}

/** A minute's fetches of one kind. */
class Share {
  readonly #limits: { readonly total: number; readonly perHost: number };
  #total = 0;
  readonly #ofHost = new Map<string, number>();

  constructor(limits: { readonly total: number; readonly perHost: number }) {
    this.#limits = limits;
  }

  take(host: string): boolean {
    const ofHost = this.#ofHost.get(host) ?? 0;
    if (this.#total >= this.#limits.total || ofHost >= this.#limits.perHost) return false;
    this.#total++;
    this.#ofHost.set(host, ofHost + 1);
    return true;
  }

  refill(): void {
    this.#total = 0;
    this.#ofHost.clear();
  }
}
