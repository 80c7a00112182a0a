import type { Clock } from '../../control-plane/src/kernel/clock.ts';

/** A clock that a test moves. */
export class ManualClock implements Clock {
  #now = Date.UTC(2026, 10, 21);

  now(): number {
    return this.#now;
  }

  forward(ms: number): void {
    this.#now += ms;
  }
}

/** A sleep that lasts until the test ends it. */
export interface Nap {
  readonly ms: number;
  wake(): void;
}

/** Stands in for the pipeline's sleep: the test sees how long each would be, and ends it. */
export class Naps {
  readonly #waiting: Nap[] = [];
  #arrived = Promise.withResolvers<void>();

  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
      this.#waiting.push({ ms, wake: resolve });
      this.#arrived.resolve();
    });

  /** The next sleep, as soon as somebody sleeps. */
  async next(): Promise<Nap> {
    while (this.#waiting.length === 0) {
      this.#arrived = Promise.withResolvers<void>();
      await this.#arrived.promise;
    }
    return this.#waiting.shift()!;
  }
}
