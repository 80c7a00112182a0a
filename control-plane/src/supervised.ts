/** A process and who started it: `npm start` gives each process a channel, which others do without. */

/** Tells that this process does its work now. */
export function tellReady(): void {
  process.send?.('ready');
}

/** Resolves when this process is to end: SIGINT, SIGTERM, or its supervisor is gone. */
export async function untilStopped(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // A second signal ends the process at once.
  process.once('SIGINT', () => resolve());
  process.once('SIGTERM', () => resolve());
  process.once('disconnect', () => resolve());
  await promise;
  if (process.connected) process.disconnect();
}
