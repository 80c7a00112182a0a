import { randomBytes, timingSafeEqual } from 'node:crypto';
import { sha256Hex } from '../kernel/hash.ts';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

const PREFIX = {
  access: 'mcp_at_',
  refresh: 'mcp_rt_',
  code: 'mcp_ac_',
  client: 'mcp_cs_',
  session: 'mcp_ss_',
  signUp: 'mcp_su_',
  form: 'mcp_fm_',
  ticket: 'mcp_tk_',
} as const;

/** What a secret is for; its prefix says so, so that a leaked one can be recognised. */
export type SecretUse = keyof typeof PREFIX;

/** A new secret of 256 random bits. */
export function newSecret(use: SecretUse): string {
  return PREFIX[use] + randomBytes(32).toString('base64url');
}

/** True for text that {@link newSecret} could have made: anything else needs no look-up. */
export function looksLikeSecret(use: SecretUse, text: string): boolean {
  return text.startsWith(PREFIX[use]) && /^[\w-]{43}$/.test(text.slice(PREFIX[use].length));
}

/** True when two secrets are the same; how long that takes tells nothing of either, nor of their lengths. */
export function sameSecret(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(secretKey(one)), Buffer.from(secretKey(other)));
}

/** The key that a secret is stored under. A plain hash is enough: 256 random bits cannot be guessed. */
export function secretKey(secret: string): string {
  return sha256Hex(secret);
}

/** A new account id: `acc_` and 128 random bits in lower-case base32 (26 characters). */
export function newAccountId(): string {
  return `acc_${base32(randomBytes(16))}`;
}

/** A new client id: `client_` and 128 random bits in lower-case base32. Public, not a secret. */
export function newClientId(): string {
  return `client_${base32(randomBytes(16))}`;
}

/** RFC 4648 section 6, in lower case and without padding. */
function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(held >> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + BASE32[(held << (5 - bits)) & 31] : text;
}
