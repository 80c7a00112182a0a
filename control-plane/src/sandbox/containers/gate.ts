/** Lets so many steps run at once; the others wait in the order they came. */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(width: number) {
    this.#free = width;
  }

  /** True while a new step could begin at once. */
  get isOpen(): boolean {
    return this.#free > 0;
  }

  async run<T>(step: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await step();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on, not given back: nobody can slip in between.
      if (next) next();
      else this.#free++;
    }
  }
}
