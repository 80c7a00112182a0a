import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { canonicalAddress } from './address.ts';

/** A host as one may ask for it: a DNS name in lower case without a final dot, or an address. */
export type Host =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'address'; readonly address: string };

const MAX_NAME = 253;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** A last label that resolvers and URL parsers would read as part of an IPv4 address (URL Standard, 3.5). */
const NUMBER = /^(?:\d+|0x[0-9a-f]*)$/;

/** Names that mean this machine or the network around it: RFC 6761, 6762, 8375, ICANN's .internal. */
const LOCAL_SUFFIXES = ['localhost', 'local', 'internal', 'home.arpa'];
/** Metadata services of clouds under names outside of these. */
const METADATA_NAMES = new Set([
  'metadata.tencentyun.com',
  'metadata.platformequinix.com',
  'metadata.packet.net',
]);

/**
 * Reads a host strictly. What another parser could take for something else is refused: numbers as
 * addresses (`2130706433`, `0177.0.0.1`, `127.1`), brackets, zones, percent signs, white space, empty
 * labels. So are names of the machine or its network, and names of one label. An internationalized
 * name comes back in its ASCII form.
 *
 * @returns undefined for what is refused
 */
export function parseHost(text: string): Host | undefined {
  if (isIPv4(text)) return { kind: 'address', address: text };
  if (isIPv6(text)) {
    return text.includes('%') ? undefined : { kind: 'address', address: canonicalAddress(text) };
  }
  const name = asciiName(text)?.replace(/\.$/, '');
  return name !== undefined && isPublicName(name) ? { kind: 'name', name } : undefined;
}

/** Lower-case ASCII; undefined where the ASCII part holds what no name does. */
function asciiName(text: string): string | undefined {
  if (text.length > MAX_NAME + 1 || /[^a-zA-Z0-9._\u0080-\uffff-]/.test(text)) return undefined;
  return /[^\x00-\x7f]/.test(text) ? domainToASCII(text) : text.toLowerCase();
}

function isPublicName(name: string): boolean {
  const labels = name.split('.');
  if (name.length > MAX_NAME || labels.length < 2 || !labels.every((label) => LABEL.test(label)))
    return false;
  if (NUMBER.test(labels.at(-1) ?? '') || METADATA_NAMES.has(name)) return false;
  return !LOCAL_SUFFIXES.some((suffix) => name === suffix || name.endsWith(`.${suffix}`));
}
