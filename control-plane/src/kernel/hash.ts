import { createHmac, hash, randomBytes, randomFillSync } from 'node:crypto';

/** Random bytes taken from the system at a time, since each asking costs more than the bytes. */
const pool = Buffer.alloc(4_096);
let used = pool.length;

/** SHA-256 of a text's UTF-8 bytes, as 64 hex digits. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** `sha256:` + hex, as hashes are announced. */
export function sha256Label(data: string | Uint8Array): string {
  return `sha256:${sha256Hex(data)}`;
}

/** HMAC-SHA-256 over parts that cannot run into each other, as 64 hex digits. */
export function hmacHex(key: Uint8Array, ...parts: readonly (string | number)[]): string {
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex');
}

/** Random bits from the system, as hex. */
export function randomHex(bytes: number): string {
  if (bytes > pool.length) return randomBytes(bytes).toString('hex');
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const from = used;
  used += bytes;
  return pool.toString('hex', from, used);
}
