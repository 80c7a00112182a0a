import { visibleJson } from './json/visible.ts';

/**
 * Bytes of JSON that an answer takes at most. Some clients refuse 25,000 tokens, and a peer may write what takes
 * a token for each byte.
 */
const ANSWER_BYTES = 24_000;

/** Bytes that are left in an answer for what it may leave out, beside what it must hold. */
export function roomBeside(rest: unknown): number {
  return Math.max(0, ANSWER_BYTES - bytesOf(rest));
}

/** Bytes of a value as the JSON that a model reads. */
export function bytesOf(value: unknown): number {
  return Buffer.byteLength(visibleJson(value));
}

/** JSON text takes about this many bytes a token, at the dense end: hex digits and ids. */
const BYTES_PER_TOKEN = 2.5;

/** How many bytes of messages an answer of so many tokens holds. */
export function tokenBudget(tokens: number): number {
  return Math.floor(tokens * BYTES_PER_TOKEN);
}
