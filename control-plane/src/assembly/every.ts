import type { Logger } from '../kernel/logger.ts';

/**
 * Does something now and then, at once for the first time, never twice at once. A failure is logged and
 * it is tried again next time. Disposing of it waits for what is under way.
 *
 * @param pause ms between the end of one time and the next, or what tells that
 */
export function every(
  pause: number | (() => number),
  work: () => Promise<unknown>,
  log: Logger,
): AsyncDisposable {
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  let running = Promise.resolve();
  const next = () => {
    running = work()
      .catch((error: unknown) => log.warn({ err: error }, 'housekeeping failed'))
      .then(() => {
        if (!ended) timer = setTimeout(next, typeof pause === 'number' ? pause : pause());
      });
  };
  next();
  return {
    async [Symbol.asyncDispose]() {
      ended = true;
      clearTimeout(timer);
      await running;
    },
  };
}
