import { vi } from 'vitest';
import type * as backoff from '../../../../clients/typescript/agent/backoff.ts';

/** For `vi.mock` of the client's backoff.ts: time passes at once, and what was waited for is kept. */
export async function withoutWaiting(original: () => Promise<typeof backoff>) {
  const pause = vi.fn(async (_ms: number, signal: AbortSignal) => signal.throwIfAborted());
  return { ...(await original()), pause };
}
