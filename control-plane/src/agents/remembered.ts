import { CodedError } from '../kernel/errors.ts';
import { sha256Hex } from '../kernel/hash.ts';
import { canonicalJson } from '../kernel/json/canonical.ts';
import type { Json } from '../kernel/json/value.ts';

/** Calls under an idempotency key that are remembered for each sender. */
const KEPT = 200;

/** A call that was made, and what it came to. */
export interface RememberedCall {
  readonly key: string;
  readonly args: string;
  readonly result: Json;
}

/** By sender. */
export type Remembered = Readonly<Record<string, readonly RememberedCall[]>>;

/** A key with what it is a key to, both hashed. */
export type Keyed = Pick<RememberedCall, 'key' | 'args'>;

/** @param args what the call says, as JSON; undefined for a call without a key */
export function keyed(key: string | undefined, args: Json): Keyed | undefined {
  return key === undefined ? undefined : { key: sha256Hex(key), args: sha256Hex(canonicalJson(args)) };
}

/** What an earlier call under the key came to. @throws IDEMPOTENCY_CONFLICT where it said something else */
export function recall(remembered: Remembered, sender: string, call: Keyed | undefined): Json | undefined {
  if (!call) return undefined;
  const known = remembered[sender]?.findLast(({ key }) => key === call.key);
  if (known && known.args !== call.args) throw new CodedError('IDEMPOTENCY_CONFLICT');
  return known?.result;
}

export function remember(remembered: Remembered, sender: string, call: RememberedCall): Remembered {
  return { ...remembered, [sender]: [...(remembered[sender] ?? []), call].slice(-KEPT) };
}
