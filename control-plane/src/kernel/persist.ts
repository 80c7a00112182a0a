export interface PersistOptions {
  /** Between a failure and the next attempt, ms. */
  readonly pauseMs: number;
  /** Once it has aborted, the attempt under way or one more is the last. */
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

/** Tries until it succeeds, or the signal says that it is enough. @returns false where it was given up */
export async function persist(
  attempt: () => Promise<void>,
  { pauseMs, signal, onFailure }: PersistOptions,
): Promise<boolean> {
  for (;;) {
    const isLast = signal.aborted;
    try {
      await attempt();
      return true;
    } catch (error) {
      onFailure(error);
    }
    if (isLast) return false;
    await pause(pauseMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const end = () => resolve();
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  });
}
