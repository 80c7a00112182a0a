import { CodedError } from '../kernel/errors.ts';
import { sha256Hex } from '../kernel/hash.ts';
import { canonicalJson } from '../kernel/json/canonical.ts';
import type { Json } from '../kernel/json/value.ts';

/** Calls under an idempotency key that are remembered for each sender, and senders whose calls are. */
const KEPT = 100;
const MOST_SENDERS = 200;

/** A call that was made, and what it came to. */
export interface RememberedCall {
  readonly key: string;
  readonly args: string;
  readonly result: Json;
}

/** By sender; who was silent for the longest comes first. */
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
  const { [sender]: calls = [], ...others } = remembered;
  const senders = Object.keys(others);
  const rest = senders.length < MOST_SENDERS ? others : forgetSender(others, senders[0] ?? '');
  return { ...rest, [sender]: [...calls, call].slice(-KEPT) };
}

/** Without one sender's calls. */
export function forgetSender(remembered: Remembered, sender: string): Remembered {
  const { [sender]: _forgotten, ...rest } = remembered;
  return rest;
}
