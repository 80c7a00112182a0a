import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net';

/** What an address is for; bots and fetches may reach `public` ones only. */
export type AddressClass =
  | 'public'
  | 'metadata'
  | 'loopback'
  | 'private'
  | 'link_local'
  | 'translated'
  | 'reserved'
  | 'malformed';

type SpecialClass = Exclude<AddressClass, 'public' | 'malformed'>;

/**
 * IANA's special-purpose address registries (RFC 6890; state of 2025-10), multicast and the reserved
 * ranges, and where clouds keep credentials. The first row that holds an address names it. Prefixes
 * that the registry calls globally reachable, but that lead to relays and translators, are denied too.
 * https://www.iana.org/assignments/iana-ipv4-special-registry
 * https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const SPECIAL: readonly (readonly [SpecialClass, readonly string[]])[] = [
  [
    'metadata',
    [
      '169.254.169.254/32', // AWS, Azure, Google, Oracle, DigitalOcean, Hetzner and others
      '169.254.170.2/32', // AWS ECS task credentials
      '169.254.170.23/32', // AWS EKS pod identity
      '169.254.42.42/32', // Scaleway
      '169.254.0.23/32', // Tencent
      '100.100.100.200/32', // Alibaba
      '168.63.129.16/32', // Azure's host agent, a public address
      '192.0.0.192/32', // Oracle, classic
      'fd00:ec2::254/128', // AWS
      'fd00:ec2::23/128', // AWS EKS pod identity
      'fd20:ce::254/128', // Google
      'fd00:42::42/128', // Scaleway
    ],
  ],
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fec0::/10']],
  ['link_local', ['169.254.0.0/16', 'fe80::/10']],
  [
    'translated',
    [
      '192.88.99.0/24', // 6to4 relays, RFC 7526
      '::ffff:0:0/96', // IPv4-mapped, RFC 4291
      '::ffff:0:0:0/96', // IPv4-translated, RFC 2765
      '64:ff9b::/96', // NAT64, RFC 6052
      '64:ff9b:1::/48', // NAT64 of one's own, RFC 8215
      '2001::/32', // Teredo, RFC 4380
      '2002::/16', // 6to4, RFC 3056
    ],
  ],
  [
    'reserved',
    [
      '0.0.0.0/8', // this network, RFC 791
      '192.0.0.0/24', // IETF protocol assignments, RFC 6890
      '192.0.2.0/24', // documentation, RFC 5737
      '198.51.100.0/24',
      '203.0.113.0/24',
      '192.31.196.0/24', // AS112, RFC 7535
      '192.175.48.0/24', // AS112, RFC 7534
      '192.52.193.0/24', // AMT relays, RFC 7450
      '198.18.0.0/15', // benchmarks, RFC 2544
      '224.0.0.0/4', // multicast, RFC 5771
      '240.0.0.0/4', // reserved and broadcast, RFC 1112, RFC 919
      '::/96', // unspecified, and IPv4-compatible (RFC 4291)
      '100::/64', // discard, RFC 6666
      '2001::/23', // IETF protocol assignments: ORCHID, benchmarks, AMT and others
      '2001:db8::/32', // documentation, RFC 3849
      '2620:4f:8000::/48', // AS112, RFC 7534
      '3fff::/20', // documentation, RFC 9637
      'ff00::/8', // multicast
    ],
  ],
];

/** RFC 4291, section 2.4: what IANA gives out as global unicast. */
const GLOBAL_UNICAST = blockList(['2000::/3']);
/** One set of lists for each version: a list that holds both takes one for the other where they overlap. */
const LISTS = {
  4: classLists((range) => !range.includes(':')),
  6: classLists((range) => range.includes(':')),
};

/**
 * Says what an address is for, by its bytes. Takes strict literals only: an IPv4 address has four
 * decimal parts without leading zeros, an IPv6 address no zone; anything else is `malformed`.
 */
export function classifyAddress(address: string): AddressClass {
  if (isIPv4(address)) return firstClass(LISTS[4], address, 'ipv4') ?? 'public';
  if (!isIPv6(address) || address.includes('%')) return 'malformed';
  const special = firstClass(LISTS[6], address, 'ipv6');
  return special ?? (GLOBAL_UNICAST.check(address, 'ipv6') ? 'public' : 'reserved');
}

/** One spelling for each address (RFC 5952), so that two can be compared; malformed ones stay. */
export function canonicalAddress(address: string): string {
  if (!isIPv6(address) || address.includes('%')) return address;
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

type ClassLists = readonly { readonly name: SpecialClass; readonly list: BlockList }[];

function classLists(pick: (range: string) => boolean): ClassLists {
  return SPECIAL.map(([name, ranges]) => ({ name, list: blockList(ranges.filter(pick)) }));
}

function firstClass(lists: ClassLists, address: string, family: 'ipv4' | 'ipv6'): SpecialClass | undefined {
  return lists.find(({ list }) => list.check(address, family))?.name;
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/');
    list.addSubnet(network, Number(prefix), network.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}
