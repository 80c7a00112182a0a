import { setTimeout as pause } from 'node:timers/promises';
import { type Bot, openSeat, type Seat } from './seat.ts';
import type { Client } from '../../e2e/support/edges.ts';

const EVERY_MS = 100;

/** Somebody else's channel on the same server: its bot is asked again and again. */
export class Neighbour implements AsyncDisposable {
  readonly #seat: Seat;
  readonly #stop = new AbortController();
  readonly #asking: Promise<void>;
  #answered = Promise.withResolvers<void>();
  #slowestMs: number[] = [];
  #count = 0;

  private constructor(seat: Seat) {
    this.#seat = seat;
    this.#asking = this.#ask();
    // Told by whoever watches, or at the end.
    this.#asking.catch(() => undefined);
  }

  /** @param bot posts `{"echo": body}` */
  static async open(client: Client, bot: Bot): Promise<Neighbour> {
    return new Neighbour(await openSeat(client, bot));
  }

  /** Watches from now on. @returns asks how slow the slowest answer was, ms, once one more has come */
  watch(): () => Promise<number> {
    const index = this.#slowestMs.push(0) - 1;
    return async () => {
      await Promise.race([this.#answered.promise, this.#asking]);
      return this.#slowestMs[index] ?? Number.NaN;
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#asking;
    await this.#seat.close();
  }

  async #ask(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const start = performance.now();
      const text = `count ${++this.#count}`;
      const replies = await this.#seat.post(text);
      const got = JSON.stringify(replies.map(({ body }) => body));
      if (!got.includes(`"echo":{"text":"${text}"}`))
        throw new Error(`The neighbour got ${got} for ${text}.`);
      const ms = performance.now() - start;
      this.#slowestMs = this.#slowestMs.map((slowest) => Math.max(slowest, ms));
      this.#answered.resolve();
      this.#answered = Promise.withResolvers<void>();
      await pause(EVERY_MS);
    }
  }
}
