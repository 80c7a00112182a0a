import { describe, expect, it } from 'vitest';
import {
  type AddressClass,
  canonicalAddress,
  classifyAddress,
} from '../../control-plane/src/egress/address.ts';
import { reachJudge } from '../../control-plane/src/egress/reach.ts';
import { networkInterfaces } from 'node:os';

/** First and last address of each range, and its neighbours outside of it that are public. */
const EDGES: readonly (readonly [AddressClass, readonly string[]])[] = [
  ['loopback', ['127.0.0.0', '127.0.0.1', '127.255.255.255', '::1']],
  [
    'private',
    ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
  ],
  ['private', ['100.64.0.0', '100.127.255.255', 'fc00::', 'fdff:ffff::1', 'fec0::1', 'feff::1']],
  ['link_local', ['169.254.0.0', '169.254.255.255', 'fe80::', 'fe80::1', 'febf:ffff::']],
  ['metadata', ['169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16', '192.0.0.192']],
  ['metadata', ['fd00:ec2::254', 'fd20:ce::254', 'FD00:0EC2:0:0:0:0:0:254']],
  ['translated', ['192.88.99.0', '192.88.99.255', '64:ff9b::', '64:ff9b::8.8.8.8', '64:ff9b::ffff:ffff']],
  [
    'translated',
    ['64:ff9b:1::1', '64:ff9b:1:ffff::', '2002::', '2002:808:808::1', '2002:7f00:1::', '2001::1'],
  ],
  [
    'translated',
    ['::ffff:8.8.8.8', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:a9fe:a9fe', '::ffff:0:8.8.8.8'],
  ],
  ['reserved', ['0.0.0.0', '0.255.255.255', '192.0.0.0', '192.0.0.255', '192.0.2.1', '198.51.100.1']],
  ['reserved', ['203.0.113.255', '198.18.0.0', '198.19.255.255', '224.0.0.0', '239.255.255.255']],
  ['reserved', ['240.0.0.0', '255.255.255.255', '::', '::127.0.0.1', '::8.8.8.8', '100::1', '2001:db8::1']],
  [
    'reserved',
    ['2001:10::1', '2001:20::1', '2001:1ff:ffff::', '3fff::1', 'ff02::1', 'ff0e::1', '4000::', '5f00::1'],
  ],
  [
    'public',
    ['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255'],
  ],
  [
    'public',
    ['100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0'],
  ],
  ['public', ['198.17.255.255', '198.20.0.0', '223.255.255.255', '2001:200::', '2003::1', '2606:4700::1111']],
  ['public', ['2000::', '3ffe::1', '3fff:1000::', '2a00:1450:4001:80b::200e']],
];
const MALFORMED = [
  ...[
    '',
    '1',
    '127.1',
    '127.0.1',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '1.2.3.4.',
    '1.2.3.4.5',
    '256.1.1.1',
  ],
  ...[
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1.2.3.4\n',
    '1.2.3.4\0',
    '01.2.3.4',
    '１.2.3.4',
    '[::1]',
    'fe80::1%eth0',
    '::1%',
  ],
  ...['1::2::3', '12345::', ':', ':::', '::ffff:127.1', '2606:4700::1/64', 'localhost'],
];

describe('an address', () => {
  const rows = EDGES.flatMap(([name, addresses]) => addresses.map((address) => [address, name] as const));
  it.each(rows)('%s is %s', (address, expected) => expect(classifyAddress(address)).toBe(expected));

  it.each(MALFORMED)('%j is no address', (text) => expect(classifyAddress(text)).toBe('malformed'));

  it('has one spelling', () => {
    expect(canonicalAddress('2606:4700:0:0:0:0:0:ABCD')).toBe('2606:4700::abcd');
    expect(canonicalAddress('1.2.3.4')).toBe('1.2.3.4');
  });
});

describe('whether an address may be dialled', () => {
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);

  it('follows from its class', () => {
    const mayReach = reachJudge();
    const all = EDGES.flatMap(([name, addresses]) => addresses.map((address) => ({ name, address })));
    for (const { name, address } of all) expect(mayReach(address), address).toBe(name === 'public');
  });

  it.each(own.map((each) => each.address))('denies %s, an address of this machine', (address) => {
    expect(reachJudge()(address)).toBe(false);
  });

  it('opens no metadata service, and no address in disguise, by an exception', () => {
    const mayReach = reachJudge(() => true);
    const never = EDGES.flatMap(([name, all]) => (name === 'metadata' || name === 'translated' ? all : []));
    expect([...never, ...MALFORMED].filter(mayReach)).toEqual([]);
    expect(mayReach('127.0.0.1')).toBe(true);
  });
});
