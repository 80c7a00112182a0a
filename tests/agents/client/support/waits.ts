import { vi } from 'vitest';

/** For `vi.mock` of the client's backoff.ts: time passes at once, and what was waited for is kept. */
export async function withoutWaiting(
  original: () => Promise<typeof import('../../../../clients/typescript/agent/backoff.ts')>,
) {
  return {
    ...(await original()),
    pause: vi.fn(async (_ms: number, signal: AbortSignal) => signal.throwIfAborted()),
  };
}
