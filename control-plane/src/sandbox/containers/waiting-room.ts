import { FairQueue } from './fair-queue.ts';
import { NoCapacityError } from './no-container.ts';

interface Guest<W, G> {
  readonly group: string;
  readonly who: W;
  readonly granted: PromiseWithResolvers<G>;
  readonly timer: NodeJS.Timeout;
}

/** Where those wait for whom there is no container yet, each for a bounded time. */
export class WaitingRoom<W extends { readonly group: string }, G> {
  readonly #queue = new FairQueue<Guest<W, G>>();
  readonly #waitMs: number;
  readonly #seats: number;

  /** @param waitMs how long one waits @param seats how many wait at most */
  constructor(waitMs: number, seats: number) {
    this.#waitMs = waitMs;
    this.#seats = seats;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** @throws {NoCapacityError} at once where all seats are taken, else when the time is over */
  async wait(who: W): Promise<G> {
    if (this.#queue.size >= this.#seats || this.#waitMs === 0)
      throw new NoCapacityError('All containers are at work, and too many bots wait for one.');
    const granted = Promise.withResolvers<G>();
    const timer = setTimeout(() => {
      this.#queue.remove(guest);
      granted.reject(
        new NoCapacityError(`All containers were at work, and none became free in ${this.#waitMs} ms.`),
      );
    }, this.#waitMs);
    const guest = { group: who.group, who, granted, timer };
    this.#queue.push(guest);
    return granted.promise;
  }

  /** Serves those who wait, in turn, for as long as there is something to offer. */
  serve(offer: (who: W) => G | undefined): void {
    for (;;) {
      const guest = this.#queue.peek();
      const grant = guest && offer(guest.who);
      if (!guest || grant === undefined) return;
      this.#queue.shift();
      clearTimeout(guest.timer);
      guest.granted.resolve(grant);
    }
  }

  /** Sends everyone away. */
  close(error: Error): void {
    for (let guest = this.#queue.shift(); guest; guest = this.#queue.shift()) {
      clearTimeout(guest.timer);
      guest.granted.reject(error);
    }
  }
}
