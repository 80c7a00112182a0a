import type { EgressUser } from '../sandbox/egress-port.ts';
import { Bucket } from './bucket.ts';
import type { EgressLimits } from './limits.ts';

type Direction = 'in' | 'out';

/** What one bot has left, over its hooks. */
interface BotBudget {
  readonly connections: Bucket;
  readonly in: Bucket;
  readonly out: Bucket;
}

/** Above so many bots, those that have all of their budget again are forgotten. */
const SWEEP_ABOVE = 1_000;

/** Takes a place among the open connections, or says what the bot is told where there is none. */
interface Places {
  take(): string | undefined;
  giveBack(): void;
}

/** Shares the network out: among all bots, to each account, to each bot by the minute, to each hook. */
export class EgressBudget {
  readonly #limits: EgressLimits;
  readonly #now: () => number;
  readonly #bots = new Map<string, BotBudget>();
  /** Open connections of each account that has any. */
  readonly #openOf = new Map<string, number>();
  #open = 0;

  /** @param now a monotonic clock, ms */
  constructor(limits: EgressLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Connections that are open now, of all bots. */
  get open(): number {
    return this.#open;
  }

  /** The budget of one hook of a bot. */
  hook({ key, group }: EgressUser): HookBudget {
    const places = { take: () => this.#take(group), giveBack: () => this.#count(group, -1) };
    return new HookBudget(this.#limits, this.#bot(key), places);
  }

  #take(group: string): string | undefined {
    if (this.#open >= this.#limits.openInAll) return 'The server has too many connections open.';
    const own = this.#openOf.get(group) ?? 0;
    if (own >= this.#limits.openPerGroup) return 'The bots of this account have too many connections open.';
    this.#count(group, 1);
    return undefined;
  }

  #count(group: string, change: 1 | -1): void {
    this.#open += change;
    const own = (this.#openOf.get(group) ?? 0) + change;
    if (own > 0) this.#openOf.set(group, own);
    else this.#openOf.delete(group);
  }

  #bot(key: string): BotBudget {
    const known = this.#bots.get(key);
    if (known) return known;
    if (this.#bots.size >= SWEEP_ABOVE) this.#sweep();
    const limits = this.#limits;
    const bot = {
      connections: new Bucket(limits.connectionsPerMinute, this.#now),
      in: new Bucket(limits.bytesInPerMinute, this.#now),
      out: new Bucket(limits.bytesOutPerMinute, this.#now),
    };
    this.#bots.set(key, bot);
    return bot;
  }

  #sweep(): void {
    for (const [key, bot] of this.#bots) {
      if (bot.connections.isFull() && bot.in.isFull() && bot.out.isFull()) this.#bots.delete(key);
    }
  }
}

/** What one hook may still use. */
export class HookBudget {
  readonly #limits: EgressLimits;
  readonly #bot: BotBudget;
  readonly #places: Places;
  readonly #left: Record<Direction, number>;
  #asked = 0;
  #open = 0;

  constructor(limits: EgressLimits, bot: BotBudget, places: Places) {
    this.#limits = limits;
    this.#bot = bot;
    this.#places = places;
    this.#left = { in: limits.bytesInPerHook, out: limits.bytesOutPerHook };
  }

  /** Counts one more connection; undefined, or what the bot is told where it gets none. */
  enter(): string | undefined {
    this.#asked++;
    if (this.#asked > this.#limits.connectionsPerHook) return 'The hook has had all of its connections.';
    if (this.#open >= this.#limits.openPerHook) return 'The hook has too many connections open.';
    if (this.#bot.connections.take(1) === 0) return 'The bot has had all of its connections for now.';
    const full = this.#places.take();
    if (full === undefined) this.#open++;
    return full;
  }

  /** Gives back the place of a connection that has ended. */
  leave(): void {
    this.#open--;
    this.#places.giveBack();
  }

  /** How many of so many bytes may pass; they count as used. */
  spend(direction: Direction, bytes: number): number {
    const wanted = Math.min(bytes, this.#left[direction]);
    const granted = this.#bot[direction].take(wanted);
    this.#left[direction] -= granted;
    return granted;
  }
}
