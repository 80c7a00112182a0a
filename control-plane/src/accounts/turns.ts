/** Lets few at work at once and some wait; who comes beyond that is sent away. */
export class Turns {
  readonly #atOnce: number;
  readonly #waitingAtMost: number;
  readonly #waiting: (() => void)[] = [];
  #atWork = 0;
  constructor(atOnce: number, waitingAtMost: number) {
    this.#atOnce = atOnce;
    this.#waitingAtMost = waitingAtMost;
  }

  /** Runs `work` in its turn. @throws what `full` makes, at once, where too many wait */
  async run<T>(work: () => Promise<T>, full: () => Error): Promise<T> {
    if (this.#atWork >= this.#atOnce) {
      if (this.#waiting.length >= this.#waitingAtMost) throw full();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#atWork++;
    try {
      return await work();
    } finally {
      // The place goes to the next one, so that nobody slips in between.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#atWork--;
    }
  }
}
