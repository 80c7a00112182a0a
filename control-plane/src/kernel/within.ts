/** A step that did not end in its time. */
export class TimeLimitError extends Error {
  readonly step: string;
  constructor(step: string, ms: number) {
    super(`${step} took over ${ms} ms.`);
    this.name = 'TimeLimitError';
    this.step = step;
  }
}

/**
 * Runs a step that must end within `ms`. At the limit the signal aborts, so that a connection is
 * given back, and the promise rejects even where the step ignores its signal.
 *
 * @throws {TimeLimitError} at the limit, else what the step throws.
 */
export async function withinMs<T>(
  ms: number,
  step: string,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = Promise.withResolvers<never>();
  const controller = new AbortController();
  const timer = setTimeout(() => {
    const error = new TimeLimitError(step, ms);
    limit.reject(error);
    controller.abort(error);
  }, ms);
  try {
    return await Promise.race([run(controller.signal), limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}
