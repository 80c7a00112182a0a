import { describe, expect, it } from 'vitest';
import { readEffect } from '../../control-plane/src/bots/effects.ts';

const AUTHOR = {
  bot_id: 'bot',
  next_version: 2,
  state_version: 1,
  slots: new Set<string>(),
  holdsSecret: () => false,
};
const post = (type: string) =>
  readEffect(JSON.stringify({ posts: [{ kind: 'bot', body: { type } }] }), AUTHOR);

describe('a type that only the server may use', () => {
  it.each(['bot:seed', 'Seat:taken', 'x_applied', 'ｂｏｔ:seed', 'bot:\u200bseed', 'bo\u0301t:seed'])(
    'is refused as %j',
    (type) => {
      expect(() => post(type)).toThrow('only the server may use');
    },
  );

  it('is told from another in no time, however many marks it has', () => {
    const before = performance.now();
    expect(() => post(`a${'\u0315'.repeat(15_000)}${'\u0300'.repeat(15_000)}`)).not.toThrow();
    expect(performance.now() - before).toBeLessThan(500);
  });
});
