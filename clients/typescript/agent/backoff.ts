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
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
