import type * as Os from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { reachJudge } from '../../control-plane/src/egress/reach.ts';
import { testEgress, TestHook } from './support.ts';

vi.mock('node:os', async (original) => ({
  ...(await original<typeof Os>()),
  networkInterfaces: () => ({
    eth0: [{ address: '93.184.216.34' }, { address: '2606:4700:0:0::77' }, { address: 'fe80::1' }],
    gone: undefined,
  }),
}));

describe('a machine with public addresses', () => {
  it.each([
    ['93.184.216.34', false],
    ['93.184.216.35', true],
    ['2606:4700::77', false],
    ['2606:4700::78', true],
  ])('may be asked to dial %s: %s', (address, expected) => expect(reachJudge()(address)).toBe(expected));

  it('is no way to its own server, by whatever name', async () => {
    const { egress } = testEgress({ names: { 'the-server.example': [['93.184.216.34']] } });
    using hook = new TestHook(egress, ['*']);
    for (const host of ['the-server.example', '93.184.216.34', '2606:4700::77']) {
      expect(await hook.ask(host, 443).answer()).toMatchObject({ error: 'denied_address' });
    }
  });
});
