import type * as Net from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { classifyAddress } from '../../control-plane/src/egress/address.ts';
import { dial } from '../../control-plane/src/egress/dial.ts';
import { parseHost } from '../../control-plane/src/egress/host.ts';
import { reachJudge } from '../../control-plane/src/egress/reach.ts';

const dialled: Net.NetConnectOpts[] = [];

// Nothing is sent anywhere: the test only wants to know what would have been dialled.
vi.mock('node:net', async (original) => {
  const net = await original<typeof Net>();
  return {
    ...net,
    connect: (options: Net.NetConnectOpts) => {
      dialled.push(options);
      return new net.Socket().destroy(new Error('not in a test'));
    },
  };
});

const near = fc.constantFrom(
  ...[
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '::1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
  ],
  ...['0.0.0.0', 'fe80::1%eth0', '2130706433', '0x7f.1', '127.1', '0177.0.0.1', 'localhost', 'fd00:ec2::254'],
);
const far = fc.constantFrom('93.184.216.34', '1.1.1.1', '2606:4700::1111', '2a00:1450:4001:80b::200e');
const answer = fc.array(fc.oneof(near, far, far, fc.ipV4(), fc.ipV6(), fc.string()), { maxLength: 6 });
const mutated = fc
  .tuple(fc.oneof(near, far, fc.domain()), fc.nat(20), fc.string({ unit: 'grapheme', maxLength: 3 }))
  .map(([text, at, inserted]) => text.slice(0, at) + inserted + text.slice(at));
const hostText = fc.oneof(
  near,
  far,
  mutated,
  fc.domain(),
  fc.ipV4(),
  fc.ipV4Extended(),
  fc.ipV6(),
  fc.webAuthority(),
  fc.string(),
);

describe('whatever is asked for and whatever resolvers say', () => {
  it('what is dialled is a public address that was judged, and all other answers were public too', async () => {
    const seen = { dials: 0, denials: 0 };
    await fc.assert(
      fc.asyncProperty(hostText, answer, async (text, addresses) => {
        const host = parseHost(text);
        if (!host) return;
        dialled.length = 0;
        const judged = new Set<string>();
        const judge = reachJudge();
        const mayReach = (address: string) => {
          judged.add(address);
          return judge(address);
        };
        const resolver = { resolve: async () => addresses };
        const way = { resolver, mayReach, resolveMs: 1_000, connectMs: 1_000 };
        await dial(host, 443, way, new AbortController().signal).catch(() => {});
        const hosts = dialled.map((options) => ('host' in options ? (options.host ?? '') : ''));
        for (const each of hosts) expect(judged).toContain(each);
        const answers = host.kind === 'address' ? [host.address] : addresses;
        const allPublic = answers.length > 0 && answers.every((each) => classifyAddress(each) === 'public');
        expect(hosts).toEqual(allPublic ? answers.slice(0, 4) : []);
        seen[hosts.length > 0 ? 'dials' : 'denials']++;
      }),
      { numRuns: 3_000 },
    );
    expect(seen.dials).toBeGreaterThan(100);
    expect(seen.denials).toBeGreaterThan(100);
  });

  it('a host reads the same a second time', () => {
    fc.assert(
      fc.property(hostText, (text) => {
        const host = parseHost(text);
        if (!host) return;
        const plain = host.kind === 'name' ? host.name : host.address;
        expect(plain).toMatch(/^[a-z0-9._:-]+$/);
        expect(parseHost(plain)).toEqual(host);
      }),
      { numRuns: 5_000 },
    );
  });
});
