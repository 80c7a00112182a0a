import { hmacHex, sha256Label } from '../kernel/hash.ts';

/** How a bot's seed is committed to, in words that are announced with it. */
export const CHANCE_METHOD =
  'Each hook is seeded with HMAC-SHA256(seed, JSON [generation, cause, hook]); the seed is revealed in bot:seed, and sha256 of its hex text is this commitment.';

/** What is announced of a bot's seed: SHA-256 of its hex text. */
export function seedCommitment(secret: string): string {
  return sha256Label(secret);
}

/**
 * The seed of one hook: the same however often it runs, and not known before it does.
 *
 * @returns 64 hex digits
 */
export function hookSeed(secret: string, generation: number, cause: number, hook: string): string {
  return hmacHex(Buffer.from(secret, 'hex'), generation, cause, hook);
}
