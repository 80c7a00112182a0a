const MINUTE_MS = 60_000;

/** An allowance that fills up steadily: at most one minute's worth is there at once. */
export class Bucket {
  readonly #perMinute: number;
  readonly #now: () => number;
  #left: number;
  #at: number;

  /** @param now a monotonic clock, ms */
  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
    this.#left = perMinute;
    this.#at = now();
  }

  /** Takes as much of `amount` as there is, in whole units, and says how much that was. */
  take(amount: number): number {
    this.#fill();
    const taken = Math.min(amount, Math.floor(this.#left));
    this.#left -= taken;
    return taken;
  }

  /** Gives back what was taken and not used. */
  give(amount: number): void {
    this.#left = Math.min(this.#perMinute, this.#left + amount);
  }

  /** True where nothing would be lost by making a new one. */
  isFull(): boolean {
    this.#fill();
    return this.#left === this.#perMinute;
  }

  #fill(): void {
    const now = this.#now();
    this.give(((now - this.#at) * this.#perMinute) / MINUTE_MS);
    this.#at = now;
  }
}
