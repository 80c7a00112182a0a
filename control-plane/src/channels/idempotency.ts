import { CodedError } from '../kernel/errors.ts';
import { sha256Hex } from '../kernel/hash.ts';
import { canonicalJson } from '../kernel/json/canonical.ts';
import type { Json } from '../kernel/json/value.ts';
import type { DraftFact } from '../log/model.ts';
import { fact } from './facts.ts';
import type { ChannelState } from './state.ts';

/** A call's idempotency key with what it is a key to. */
export interface Idempotency {
  /** Hash of the caller's key. */
  readonly key: string;
  /** Hash of the arguments, without the key and how long to wait. */
  readonly args: string;
}

/** Reads the idempotency of a call's input, undefined when it has no key. */
export function idempotencyOf(
  operation: string,
  input: { readonly idempotency_key?: string | undefined; readonly [field: string]: unknown },
): Idempotency | undefined {
  const { idempotency_key, wait_ms: _wait, seat: _seat, ...args } = input;
  if (idempotency_key === undefined) return undefined;
  return {
    key: sha256Hex(idempotency_key),
    args: sha256Hex(canonicalJson({ operation, args: definedOnly(args) })),
  };
}

/**
 * What an earlier call under the same key came to, undefined for a first call.
 *
 * @throws IDEMPOTENCY_CONFLICT when the key was used with other arguments
 */
export function recall(state: ChannelState, scope: string, call: Idempotency | undefined): Json | undefined {
  if (!call) return undefined;
  const known = state.remembered[scope]?.findLast((item) => item.key === call.key);
  if (known && known.args !== call.args) throw new CodedError('IDEMPOTENCY_CONFLICT');
  return known?.result;
}

/** The fact that remembers a call, none without a key. */
export function remember(scope: string, call: Idempotency | undefined, result: Json): readonly DraftFact[] {
  return call ? [fact('remembered', { scope, key: call.key, args: call.args, result })] : [];
}

/** JSON has no undefined: fields that were left out do not count. */
function definedOnly(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
