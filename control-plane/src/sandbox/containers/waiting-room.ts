import { FairQueue } from './fair-queue.ts';
import { NoCapacityError } from './no-container.ts';

const CROWDED = 'All containers are at work, and too many bots wait for one.';

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

  /**
   * Where all seats are taken, the group that waits with most gives one up to a newcomer of another.
   *
   * @throws {NoCapacityError} at once where no seat can be had, else when the time is over or the seat is lost
   */
  async wait(who: W): Promise<G> {
    const granted = Promise.withResolvers<G>();
    const inVain = `All containers were at work, and none became free in ${this.#waitMs} ms.`;
    const timer = setTimeout(() => this.#sendAway(guest, inVain), this.#waitMs);
    const guest = { group: who.group, who, granted, timer };
    if (!this.#takeSeat(guest)) this.#sendAway(guest, CROWDED);
    return granted.promise;
  }

  #takeSeat(guest: Guest<W, G>): boolean {
    if (this.#waitMs === 0) return false;
    if (this.#queue.size >= this.#seats) {
      const other = this.#queue.lastBefore(guest);
      if (!other) return false;
      this.#sendAway(other, CROWDED);
    }
    this.#queue.push(guest);
    return true;
  }

  #sendAway(guest: Guest<W, G>, why: string): void {
    clearTimeout(guest.timer);
    this.#queue.remove(guest);
    guest.granted.reject(new NoCapacityError(why));
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
