/** Waits that double from one to the next, each by chance between its half and its whole. */
export class Backoff {
  readonly #firstMs: number;
  readonly #longestMs: number;
  #count = 0;

  constructor(firstMs: number, longestMs: number) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
  }

  /** The next wait, ms. Chance keeps many agents from coming back in one moment. */
  next(): number {
    const whole = Math.min(this.#longestMs, this.#firstMs * 2 ** this.#count++);
    return whole * (0.5 + Math.random() / 2);
  }

  reset(): void {
    this.#count = 0;
  }
}

/** Resolves after a time. @throws the signal's reason, as soon as it aborts */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
  signal.throwIfAborted();
}
