import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rate } from '../../control-plane/src/limits/rate.ts';

/** A rate, and a clock that a test moves. */
function open(perMinute: number, mostKeys = 1_000) {
  const time = { ms: 0 };
  return { time, rate: new Rate(perMinute, mostKeys, () => time.ms) };
}

describe('a rate', () => {
  it('grants a minute of calls at once, and then one after another as time goes by', () => {
    const { rate, time } = open(60);
    for (let call = 1; call <= 60; call++) {
      expect(rate.take('a')).toMatchObject({ granted: true, remaining: 60 - call, wholeInS: call });
    }
    expect(rate.take('a')).toEqual({ granted: false, remaining: 0, wholeInS: 60, retryAfterS: 1 });
    time.ms = 999;
    expect(rate.take('a').granted).toBe(false);
    time.ms = 1_000;
    expect(rate.take('a').granted).toBe(true);
    expect(rate.take('a').granted).toBe(false);
  });

  it('grants a call as soon as it said that it would', () => {
    const { rate, time } = open(1);
    rate.take('a');
    const { retryAfterS } = rate.take('a');
    expect(retryAfterS).toBe(60);
    time.ms += retryAfterS * 1_000;
    expect(rate.take('a').granted).toBe(true);
  });

  it('counts each key for itself', () => {
    const { rate } = open(1);
    expect(rate.take('a').granted).toBe(true);
    expect(rate.take('b').granted).toBe(true);
    expect(rate.take('a').granted).toBe(false);
  });

  it('charges nothing for a call that it refuses', () => {
    const { rate, time } = open(60);
    for (let call = 0; call < 1_000; call++) rate.take('a');
    time.ms = 1_000;
    expect(rate.take('a').granted).toBe(true);
  });

  it('remembers no more keys than it may, and forgets the one that was silent for the longest', () => {
    const { rate } = open(1, 4);
    for (const key of ['a', 'b', 'c', 'd', 'e']) rate.take(key);
    expect(rate.keys).toBeLessThanOrEqual(4);
    expect(rate.take('d').granted).toBe(false);
    expect(rate.take('a').granted).toBe(true);
    for (let key = 0; key < 1_000; key++) rate.take(`flood-${key}`);
    expect(rate.keys).toBeLessThanOrEqual(4);
  });

  it('lets go of keys that have their whole budget again', () => {
    const { rate, time } = open(60);
    for (let key = 0; key < 100; key++) rate.take(`early-${key}`);
    for (const minute of [1, 2]) {
      time.ms = minute * 60_000;
      rate.take('late');
    }
    expect(rate.keys).toBeLessThanOrEqual(2);
  });

  it('never grants more than two minutes of calls within any minute, and says what it will grant', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), steps, (perMinute, pauses) => {
        const { rate, time } = open(perMinute);
        const granted: number[] = [];
        for (const pause of pauses) {
          time.ms += pause;
          const { remaining, granted: yes } = rate.take('a');
          if (yes) granted.push(time.ms);
          expect(remaining).toBeLessThan(perMinute);
        }
        for (const start of granted) {
          const within = granted.filter((at) => at >= start && at < start + 60_000).length;
          expect(within).toBeLessThanOrEqual(2 * perMinute);
        }
        let left = 0;
        const { remaining } = rate.take('a');
        while (rate.take('a').granted) left++;
        expect(left).toBe(remaining);
      }),
    );
  });
});
