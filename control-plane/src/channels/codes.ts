import { createHmac } from 'node:crypto';
import { sha256Hex } from '../kernel/hash.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const CODE = /^(inv|rejoin)_([a-z2-7]{16})_([a-z2-7]{26})$/;
// Looks ahead, so that nothing that merely begins like a code can hide the one behind it.
const CODES_IN_TEXT = /(?=((?:inv|rejoin)_[a-z2-7]{16}_[a-z2-7]{26}))/g;

/** RFC 4648 base32 in lower case, without padding, cut to `length` characters. */
export function base32(bytes: Uint8Array, length: number): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  let text = '';
  for (let at = 0; text.length < length; at += 5) {
    text += ALPHABET[Number.parseInt(bits.slice(at, at + 5).padEnd(5, '0'), 2)];
  }
  return text;
}

/**
 * Makes the codes that open seats. They are derived from the server's key, so that a repeated call
 * can give its first answer again although the log holds hashes only.
 */
export class SeatCodes {
  readonly #key: Uint8Array;

  /** @param key at least 32 secret bytes, the same on every server over one store */
  constructor(key: Uint8Array) {
    if (key.length < 32) throw new Error('The server key must have at least 32 bytes.');
    this.#key = key;
  }

  /** The code of a slot's `issue`-th invite: `inv_<channel>_<130 bits>`. */
  invite(channelId: string, slotId: string, issue: number): string {
    return this.#code('inv', channelId, [slotId, issue]);
  }

  /** The `number`-th handle of a tenure: `rejoin_<channel>_<130 bits>`. */
  handle(channelId: string, slotId: string, k: number, number: number): string {
    return this.#code('rejoin', channelId, [slotId, k, number]);
  }

  /** The channel that an account makes under an idempotency key: the same one each time. */
  channelFor(account: string, idempotencyKey: string): string {
    return `chn_${base32(this.#hmac('channel', [account, idempotencyKey]), 16)}`;
  }

  #code(kind: 'inv' | 'rejoin', channelId: string, parts: readonly (string | number)[]): string {
    return `${kind}_${channelId.slice('chn_'.length)}_${base32(this.#hmac(kind, [channelId, ...parts]), 26)}`;
  }

  #hmac(purpose: string, parts: readonly (string | number)[]): Buffer {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([purpose, ...parts]))
      .digest();
  }
}

/** What a code says of itself, or undefined when it is malformed. */
export function readCode(
  code: string,
): { readonly kind: 'inv' | 'rejoin'; readonly channelId: string; readonly hash: string } | undefined {
  const match = CODE.exec(code);
  if (!match) return undefined;
  return { kind: match[1] as 'inv' | 'rejoin', channelId: `chn_${match[2]}`, hash: hashCode(code) };
}

/** How a code is kept: SHA-256, hex. Its 130 random bits need no slow hash. */
export function hashCode(code: string): string {
  return sha256Hex(code);
}

/** The hashes of everything in a text that looks like a code. */
export function codesIn(text: string): readonly string[] {
  // Most texts hold none, and this is found out more quickly.
  if (!text.includes('inv_') && !text.includes('rejoin_')) return [];
  return Array.from(text.matchAll(CODES_IN_TEXT), ([, code]) => hashCode(code as string));
}
