import type { Network } from '../sandbox/port.ts';
import { type Host, parseHost } from './host.ts';

/** Which hosts a rule is for: any at all, one, or every name below a domain (not the domain itself). */
type HostPattern = { readonly kind: 'any' } | { readonly kind: 'below'; readonly domain: string } | Host;

interface EgressRule {
  readonly host: HostPattern;
  readonly ports: readonly number[];
}

/** What a bot may ask to be connected to. Whatever is dialled must have a public address besides. */
export type EgressRules = readonly EgressRule[];

/** The ports of a rule that names none. */
const WEB_PORTS = [80, 443];
/** A port that nobody gets: mail servers take what arrives there without a sign-in. */
const SMTP = 25;
const MAX_RULES = 64;

/** A `network` list that cannot be used, with the place of the item at fault. */
export class NetworkError extends Error {
  readonly index: number;
  constructor(index: number, message: string) {
    super(message);
    this.name = 'NetworkError';
    this.index = index;
  }
}

/**
 * Reads a manifest's `network`: `off`; `public`, every host on ports 80 and 443; or up to 64 of `host`,
 * `host:port`, `[v6]`, `[v6]:port`, `*.domain`, `*.domain:port`, `*`, `*:port`. An item without a
 * port is for 80 and 443.
 *
 * @throws {NetworkError} for the first item that is none of these; its message does not quote the item
 */
export function parseNetwork(network: Network): EgressRules {
  if (network === 'off') return [];
  if (network === 'public') return [{ host: { kind: 'any' }, ports: WEB_PORTS }];
  if (network.length > MAX_RULES) throw new NetworkError(MAX_RULES, `A list has at most ${MAX_RULES} items.`);
  return network.map(parseRule);
}

const RULE = /^(?<host>\[[^\]]*\]|[^:[\]]*)(?::(?<port>[1-9]\d{0,4}))?$/;

function parseRule(item: string, index: number): EgressRule {
  const { host = '', port } = RULE.exec(item)?.groups ?? {};
  const pattern = parsePattern(host);
  if (!pattern) {
    throw new NetworkError(
      index,
      'It must be a public host name, an address (IPv6 in brackets), *.domain or *, and may end in :port.',
    );
  }
  if (port === undefined) return { host: pattern, ports: WEB_PORTS };
  const number = Number(port);
  if (number > 65_535 || number === SMTP) {
    throw new NetworkError(index, `The port must be from 1 to 65535, and not ${SMTP}.`);
  }
  return { host: pattern, ports: [number] };
}

function parsePattern(text: string): HostPattern | undefined {
  if (text === '*') return { kind: 'any' };
  if (text.startsWith('[')) {
    const host = parseHost(text.slice(1, -1));
    return host?.kind === 'address' && host.address.includes(':') ? host : undefined;
  }
  if (!text.startsWith('*.')) return parseHost(text);
  // A label before it, so that *.com can be written where one means it.
  const host = parseHost(`any.${text.slice(2)}`);
  return host?.kind === 'name' ? { kind: 'below', domain: host.name.slice('any.'.length) } : undefined;
}

/** Whether rules let a host and port pass; no name is looked up for it. */
export function judge(
  rules: EgressRules,
  host: Host,
  port: number,
): 'allowed' | 'denied_host' | 'denied_port' {
  const forHost = rules.filter((rule) => matches(rule.host, host));
  if (forHost.length === 0) return 'denied_host';
  return forHost.some((rule) => rule.ports.includes(port)) ? 'allowed' : 'denied_port';
}

function matches(pattern: HostPattern, host: Host): boolean {
  switch (pattern.kind) {
    case 'any':
      return true;
    case 'below':
      return host.kind === 'name' && host.name.endsWith(`.${pattern.domain}`);
    case 'name':
      return host.kind === 'name' && host.name === pattern.name;
    case 'address':
      return host.kind === 'address' && host.address === pattern.address;
  }
}
