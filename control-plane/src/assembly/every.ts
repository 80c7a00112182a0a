import type { Logger } from '../kernel/logger.ts';
import { withinMs } from '../kernel/within.ts';

/** How long the end waits for what is under way, ms. */
const PATIENCE_MS = 2_000;

/**
 * Does something now and then, at once for the first time, never twice at once. A failure is logged and
 * it is tried again next time. Disposing of it waits for what is under way, though not for long: a store that
 * hangs must not hold up a stop, and what is done here can end anywhere, as when the process is killed.
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
      .catch((error: unknown) => {
        if (!ended) log.warn({ err: error }, 'housekeeping failed');
      })
      .then(() => {
        if (!ended) timer = setTimeout(next, typeof pause === 'number' ? pause : pause());
      });
  };
  next();
  return {
    async [Symbol.asyncDispose]() {
      ended = true;
      clearTimeout(timer);
      await withinMs(PATIENCE_MS, 'Housekeeping', () => running).catch(() => undefined);
    },
  };
}
