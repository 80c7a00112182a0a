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

/** Shares the network out: among all bots, to each bot by the minute, to each hook. */
export class EgressBudget {
  readonly #limits: EgressLimits;
  readonly #now: () => number;
  readonly #bots = new Map<string, BotBudget>();
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

  /** The budget of one hook of the bot that `key` names. */
  hook(key: string): HookBudget {
    return new HookBudget(this.#limits, this.#bot(key), (change) => {
      const allowed = change < 0 || this.#open < this.#limits.openInAll;
      if (allowed) this.#open += change;
      return allowed;
    });
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
  readonly #inAll: (change: 1 | -1) => boolean;
  readonly #left: Record<Direction, number>;
  #asked = 0;
  #open = 0;

  constructor(limits: EgressLimits, bot: BotBudget, inAll: (change: 1 | -1) => boolean) {
    this.#limits = limits;
    this.#bot = bot;
    this.#inAll = inAll;
    this.#left = { in: limits.bytesInPerHook, out: limits.bytesOutPerHook };
  }

  /** Counts one more connection; undefined, or what the bot is told where it gets none. */
  enter(): string | undefined {
    this.#asked++;
    if (this.#asked > this.#limits.connectionsPerHook) return 'The hook has had all of its connections.';
    if (this.#open >= this.#limits.openPerHook) return 'The hook has too many connections open.';
    if (this.#bot.connections.take(1) === 0) return 'The bot has had all of its connections for now.';
    if (!this.#inAll(1)) return 'The server has too many connections open.';
    this.#open++;
    return undefined;
  }

  /** Gives back the place of a connection that has ended. */
  leave(): void {
    this.#open--;
    this.#inAll(-1);
  }

  /** How many of so many bytes may pass; they count as used. */
  spend(direction: Direction, bytes: number): number {
    const wanted = Math.min(bytes, this.#left[direction]);
    const granted = this.#bot[direction].take(wanted);
    this.#left[direction] -= granted;
    return granted;
  }
}
