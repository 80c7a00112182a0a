import { isIP } from 'node:net';

const BRACKETED = /^\[([^\]]*)\](?::\d{1,5})?$/;
const WITH_PORT = /^([\d.]+):\d{1,5}$/;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * As much of an X-Forwarded-For header as can be read, from its end: the last entry is the nearest proxy's.
 * What stands before an entry that is no address came from further away than anybody vouches for. Ports, which
 * some proxies add, are left out.
 */
export function readableForwarded(header: string): string {
  const kept: string[] = [];
  for (const entry of header.split(',').reverse()) {
    const address = addressIn(entry.trim());
    if (address === undefined) break;
    kept.push(address);
  }
  return kept.reverse().join(', ');
}

function addressIn(entry: string): string | undefined {
  const bare = BRACKETED.exec(entry)?.[1] ?? WITH_PORT.exec(entry)?.[1] ?? entry;
  if (isIP(bare) === 0 || bare.includes('%')) return undefined;
  return MAPPED.exec(bare)?.[1] ?? bare;
}
