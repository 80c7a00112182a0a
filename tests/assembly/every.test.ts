import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { every } from '../../control-plane/src/assembly/every.ts';

const warnings: string[] = [];
const quiet = () => undefined;
const log = {
  debug: quiet,
  info: quiet,
  error: quiet,
  warn: (_: object, text: string) => void warnings.push(text),
};

beforeEach(() => {
  warnings.length = 0;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('what is done every now and then', () => {
  it('is done at once, and again after each pause, also where it failed', async () => {
    let times = 0;
    const work = () => {
      times++;
      return times === 2 ? Promise.reject(new Error('away')) : Promise.resolve();
    };
    await using _ = every(1_000, work, log);
    expect(times).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([times, warnings]).toEqual([2, ['housekeeping failed']]);
    await vi.advanceTimersByTimeAsync(999);
    expect(times).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(times).toBe(3);
  });

  it('ends with what is under way', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const often = every(1_000, () => promise, log);
    let ended = false;
    const end = often[Symbol.asyncDispose]().then(() => {
      ended = true;
    });
    await vi.advanceTimersByTimeAsync(500);
    expect(ended).toBe(false);
    resolve();
    await end;
  });

  it('does not wait for what hangs, and does not complain of it afterwards', async () => {
    vi.useRealTimers();
    const { promise, reject } = Promise.withResolvers<void>();
    const often = every(1_000, () => promise, log);
    await often[Symbol.asyncDispose]();
    reject(new Error('the store is closed'));
    await promise.catch(() => undefined);
    expect(warnings).toEqual([]);
  });
});
