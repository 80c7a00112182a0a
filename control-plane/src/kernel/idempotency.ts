import { CodedError } from './errors.ts';
import { sha256Hex } from './hash.ts';
import { canonicalJson } from './json/canonical.ts';
import type { Json } from './json/value.ts';

/** A call's idempotency key with what it is a key to: hashes of both. */
export type Idempotency = {
  readonly key: string;
  readonly args: string;
};

/** A call that was made under a key, and what it came to. */
export type RememberedCall = Idempotency & { readonly result: Json };

/** @param args what the call says, without the key */
export function keyedCall(key: string, args: Json): Idempotency {
  return { key: sha256Hex(key), args: sha256Hex(canonicalJson(args)) };
}

/**
 * What an earlier call under the same key came to, undefined for a first call, or one without a key.
 *
 * @param calls those of the same caller, oldest first
 * @throws IDEMPOTENCY_CONFLICT when the key was used with other arguments
 */
export function recallFrom(
  calls: readonly RememberedCall[] | undefined,
  call: Idempotency | undefined,
): Json | undefined {
  if (!call) return undefined;
  const known = calls?.findLast(({ key }) => key === call.key);
  if (known && known.args !== call.args) throw new CodedError('IDEMPOTENCY_CONFLICT');
  return known?.result;
}
