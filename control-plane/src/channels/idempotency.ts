import { type Idempotency, keyedCall, recallFrom } from '../kernel/idempotency.ts';
import type { Json } from '../kernel/json/value.ts';
import type { DraftFact } from '../log/model.ts';
import { fact } from './facts.ts';
import type { ChannelState } from './state.ts';

/** Reads the idempotency of a call's input, undefined when it has no key. */
export function idempotencyOf(
  operation: string,
  input: { readonly idempotency_key?: string | undefined; readonly [field: string]: unknown },
): Idempotency | undefined {
  const { idempotency_key, wait_ms: _wait, seat: _seat, ...args } = input;
  if (idempotency_key === undefined) return undefined;
  return keyedCall(idempotency_key, { operation, args: definedOnly(args) });
}

/** What an earlier call under the same key came to. @throws IDEMPOTENCY_CONFLICT */
export function recall(state: ChannelState, scope: string, call: Idempotency | undefined): Json | undefined {
  return recallFrom(state.remembered[scope], call);
}

/** The fact that remembers a call, none without a key. */
export function remember(scope: string, call: Idempotency | undefined, result: Json): readonly DraftFact[] {
  return call ? [fact('remembered', { scope, key: call.key, args: call.args, result })] : [];
}

/** JSON has no undefined: fields that were left out do not count. */
function definedOnly(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
