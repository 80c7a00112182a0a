import { describe, expect, test, vi } from 'vitest';
import { LocalWakeups, waitUntil } from '../../control-plane/src/log/waiting.ts';

describe('waiting for a stream', () => {
  test('checks first: what is there already needs no wake-up', async () => {
    expect(await waitUntil(new LocalWakeups(), 'a', () => 'there', 60_000)).toBe('there');
  });

  test('a wake-up during the check is not lost', async () => {
    const wakeups = new LocalWakeups();
    let checks = 0;
    const value = await waitUntil(
      wakeups,
      'a',
      async () => {
        checks++;
        if (checks === 1) wakeups.publish('a');
        await Promise.resolve();
        return checks === 2 ? 'second' : undefined;
      },
      60_000,
    );
    expect([value, checks]).toEqual(['second', 2]);
  });

  test('it never looks without being woken', async () => {
    vi.useFakeTimers();
    try {
      const wakeups = new LocalWakeups();
      const check = vi.fn<() => undefined>(() => undefined);
      const waiting = waitUntil(wakeups, 'a', check, 25_000);
      await vi.advanceTimersByTimeAsync(24_999);
      expect(check).toHaveBeenCalledTimes(1);
      wakeups.publish('b');
      await vi.advanceTimersByTimeAsync(1);
      expect(await waiting).toBeUndefined();
      expect(check).toHaveBeenCalledTimes(2);
    } finally {
      vi.useRealTimers();
    }
  });

  test('an aborted caller is let go at once, and leaves no listener', async () => {
    const wakeups = new LocalWakeups();
    const gone = new AbortController();
    const waiting = waitUntil(wakeups, 'a', () => undefined, 60_000, gone.signal);
    expect(wakeups.size).toBe(1);
    gone.abort();
    expect(await waiting).toBeUndefined();
    expect(wakeups.size).toBe(0);
  });

  test('a check that throws ends the wait with its error, and leaves no listener', async () => {
    const wakeups = new LocalWakeups();
    const check = () => {
      throw new Error('evicted');
    };
    await expect(waitUntil(wakeups, 'a', check, 60_000)).rejects.toThrow('evicted');
    expect(wakeups.size).toBe(0);
  });
});
