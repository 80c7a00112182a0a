import { withinMs } from '../../kernel/within.ts';

/** Lets so many steps run at once; the others wait in the order they came. */
export class Gate {
  #free: number;
  readonly #waitMs: number;
  readonly #waiting: (() => void)[] = [];

  /** @param width steps at once @param waitMs how long one waits for its turn at most */
  constructor(width: number, waitMs: number) {
    this.#free = width;
    this.#waitMs = waitMs;
  }

  /** True while a new step could begin at once. */
  get isOpen(): boolean {
    return this.#free > 0;
  }

  /** @throws {TimeLimitError} if its turn does not come in time, else what the step throws */
  async run<T>(step: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await this.#turn();
    try {
      return await step();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on, not given back: nobody can slip in between.
      if (next) next();
      else this.#free++;
    }
  }

  async #turn(): Promise<void> {
    const turn = Promise.withResolvers<void>();
    this.#waiting.push(turn.resolve);
    try {
      await withinMs(this.#waitMs, 'Waiting for others to start', () => turn.promise);
    } catch (error) {
      const at = this.#waiting.indexOf(turn.resolve);
      if (at >= 0) this.#waiting.splice(at, 1);
      throw error;
    }
  }
}
