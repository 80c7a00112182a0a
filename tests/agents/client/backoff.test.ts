import { expect, it } from 'vitest';
import { Backoff, pause } from '../../../clients/typescript/agent/backoff.ts';
import { Handled } from '../../../clients/typescript/agent/handled.ts';

it('waits double up to the longest, each of them by chance between its half and its whole', () => {
  for (let time = 0; time < 100; time++) {
    const backoff = new Backoff(100, 1_000);
    for (const whole of [100, 200, 400, 800, 1_000, 1_000]) {
      const wait = backoff.next();
      expect(wait).toBeGreaterThanOrEqual(whole / 2);
      expect(wait).toBeLessThanOrEqual(whole);
    }
    backoff.reset();
    expect(backoff.next()).toBeLessThanOrEqual(100);
  }
  const waits = Array.from({ length: 20 }, () => new Backoff(100, 1_000).next());
  expect(new Set(waits).size).toBeGreaterThan(1);
});

it('a wait ends as soon as its signal does', async () => {
  await pause(1, new AbortController().signal);
  const stop = new AbortController();
  const waiting = pause(3_600_000, stop.signal);
  const reason = new Error('Enough.');
  stop.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(pause(3_600_000, stop.signal)).rejects.toBe(reason);
});

it('the messages that were handled last are remembered, not all there ever were', () => {
  const handled = new Handled();
  for (let n = 0; n < 10_001; n++) handled.add(`msg_${n}`);
  expect([handled.has('msg_0'), handled.has('msg_1'), handled.has('msg_10000')]).toEqual([false, true, true]);
});
