import { describe, expect, it } from 'vitest';
import { Inbound } from '../../control-plane/src/http/ws/inbound.ts';

describe('frames that wait', () => {
  it.each([
    [31, 100, 'read'],
    [33, 100, 'paused'],
    [2, 60_000, 'read'],
    [3, 90_000, 'paused'],
  ])('%i of %i characters leave the line %s, until they are taken', async (count, length, expected) => {
    let line = 'read';
    const turn = Promise.withResolvers<void>();
    const inbound = new Inbound(
      { pause: () => void (line = 'paused'), resume: () => void (line = 'read') },
      () => turn.promise,
      () => void (line = 'flooded'),
    );
    for (let n = 0; n < count; n++) inbound.push('x'.repeat(length));
    expect(line).toBe(expected);
    turn.resolve();
    await expect.poll(() => line).toBe('read');
  });
});
