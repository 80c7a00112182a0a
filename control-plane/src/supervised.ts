/** A process and who started it: `npm start` gives each process a channel, which others do without. */
import { constants } from 'node:os';

/**
 * Lets a signal end this process at once, until it does its work: the first process of a container hears
 * no signal that it has not asked for.
 */
export function endBySignals(): void {
  process.once('SIGINT', endAtOnce).once('SIGTERM', endAtOnce);
}

function endAtOnce(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal]);
}

/** Tells that this process does its work now. */
export function tellReady(): void {
  process.send?.('ready');
}

/** Resolves when this process is to end: SIGINT, SIGTERM, or its supervisor is gone. */
export async function untilStopped(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.off('SIGINT', endAtOnce).off('SIGTERM', endAtOnce);
  // A second signal ends the process at once.
  process.once('SIGINT', () => resolve());
  process.once('SIGTERM', () => resolve());
  process.once('disconnect', () => resolve());
  await promise;
  if (process.connected) process.disconnect();
}
