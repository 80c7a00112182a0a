/** Tells waiters that a stream has a new commit. An optimisation: a lost wake-up costs latency only. */
export interface Wakeups {
  publish(stream: string): void;
  /** Calls `listener` on each later wake-up of the stream, until disposed. */
  subscribe(stream: string, listener: () => void): Disposable;
  /** The streams that somebody listens for. */
  streams(): Iterable<string>;
  /** How many listeners there are, for metrics. */
  readonly size: number;
}

/** Wake-ups within one process. */
export class LocalWakeups implements Wakeups {
  readonly #listeners = new Map<string, Set<() => void>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  streams(): Iterable<string> {
    return this.#listeners.keys();
  }

  publish(stream: string): void {
    for (const listener of [...(this.#listeners.get(stream) ?? [])]) listener();
  }

  subscribe(stream: string, listener: () => void): Disposable {
    const set = this.#listeners.get(stream) ?? new Set();
    this.#listeners.set(stream, set);
    const own = () => listener();
    set.add(own);
    this.#size++;
    return {
      [Symbol.dispose]: () => {
        if (!set.delete(own)) return;
        this.#size--;
        if (set.size === 0 && this.#listeners.get(stream) === set) this.#listeners.delete(stream);
      },
    };
  }
}

/**
 * Waits until `check` gives a value. Subscribes first and checks then, so no wake-up falls between.
 *
 * @param streams one stream, or several of which any wakes
 * @param timeoutMs how long to wait; 0 checks once
 * @returns the value, or undefined after the time or when the signal aborts
 */
export async function waitUntil<T>(
  wakeups: Wakeups,
  streams: string | readonly string[],
  check: () => T | undefined | Promise<T | undefined>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<T | undefined> {
  let woken = Promise.withResolvers<void>();
  using subscriptions = new DisposableStack();
  for (const stream of [streams].flat()) subscriptions.use(wakeups.subscribe(stream, () => woken.resolve()));
  let ended = signal?.aborted ?? false;
  const end = () => {
    ended = true;
    woken.resolve();
  };
  const timer = setTimeout(end, timeoutMs);
  signal?.addEventListener('abort', end);
  try {
    for (;;) {
      const value = await check();
      if (value !== undefined || timeoutMs === 0 || ended) return value;
      await woken.promise;
      woken = Promise.withResolvers<void>();
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
}
