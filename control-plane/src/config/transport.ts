import { isIP, isIPv6 } from 'node:net';
import { z } from 'zod';
import { ConfigError } from './environment.ts';
import { list, optional, setting, type Table, text } from './fields.ts';

/** Labels of letters, digits and hyphens; one of digits alone at the end would be a number, not a name. */
const NAME = /^(?!(?:.*\.)?\d+\.?$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*\.?$/i;

/** An address, a network as address/bits, or a name. */
function isProxy(entry: string): boolean {
  const [address = '', bits, more] = entry.split('/');
  if (more !== undefined || address.includes('%')) return false;
  if (bits === undefined) return isIP(address) !== 0 || NAME.test(address);
  return isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv6(address) ? 128 : 32);
}

/** How bytes come to the server: by TLS of its own, or through whom. Read by the server alone. */
export const TRANSPORT = {
  tlsCertFile: setting(
    'TLS_CERT_FILE',
    '',
    optional(text),
    'Certificate and its chain, PEM: with TLS_KEY_FILE the server speaks HTTPS. Both are read again when they change (docs/tls.md).',
  ),
  tlsKeyFile: setting('TLS_KEY_FILE', '', optional(text), 'Private key of that certificate, PEM.'),
  trustedProxies: setting(
    'TRUSTED_PROXIES',
    '',
    list.pipe(
      z.array(
        z.string().refine(isProxy, {
          error: 'must be addresses, networks such as 10.0.0.0/8, or names, separated by commas',
        }),
      ),
    ),
    'Proxies whose X-Forwarded-For is believed: addresses, networks, names or loopback, separated by commas (docs/tls.md).',
  ),
} satisfies Table;

/** What the server speaks on its port. @throws {ConfigError} where one of the two files is missing */
export function schemeOf(files: {
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
}): 'http' | 'https' {
  if ((files.tlsCertFile === undefined) === (files.tlsKeyFile === undefined))
    return files.tlsCertFile === undefined ? 'http' : 'https';
  throw new ConfigError(['TLS_CERT_FILE and TLS_KEY_FILE belong together: set both, or neither.']);
}
