import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Finds all addresses of a name. */
export type Lookup = (name: string) => Promise<readonly string[]>;

const LOOPBACK = ['127.0.0.0/8', '::1/128'];

const systemLookup: Lookup = async (name) =>
  (await lookup(name, { all: true })).map(({ address }) => address);

/** The proxies whose word about who called them is believed. */
export class TrustedProxies {
  readonly #networks = new BlockList();
  readonly #names: readonly string[];
  readonly #lookup: Lookup;
  readonly #named = new Map<string, BlockList>();

  /** @param entries addresses, networks as address/bits, `loopback`, and names, which `look` looks up */
  constructor(entries: readonly string[], find: Lookup = systemLookup) {
    const flat = entries.flatMap((entry) => (entry.toLowerCase() === 'loopback' ? LOOPBACK : [entry]));
    this.#names = flat.filter((entry) => !isIP(entry.split('/')[0] ?? ''));
    for (const entry of flat) if (!this.#names.includes(entry)) add(this.#networks, entry);
    this.#lookup = find;
  }

  /** Whether there are names, whose addresses change. */
  get named(): boolean {
    return this.#names.length > 0;
  }

  /** True for an address that is a trusted proxy's. */
  readonly trusts = (address: string): boolean => {
    const bare = address.split('%')[0] ?? '';
    const family = isIP(bare);
    if (family === 0) return false;
    const lists = [this.#networks, ...this.#named.values()];
    return lists.some((list) => list.check(bare, family === 6 ? 'ipv6' : 'ipv4'));
  };

  /** Looks the names up again. One that is not known is nobody's; where nobody answers, it stays whose it was. */
  async look(): Promise<void> {
    await Promise.all(this.#names.map((name) => this.#find(name)));
  }

  async #find(name: string): Promise<void> {
    const list = new BlockList();
    try {
      for (const address of await this.#lookup(name)) add(list, address);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOTFOUND')) return;
    }
    this.#named.set(name, list);
  }
}

/** A mapped address (::ffff:a.b.c.d) is held against those of version 4 by the list itself. */
function add(list: BlockList, entry: string): void {
  const [address = '', bits] = entry.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(bits), family);
}
