import { type Idempotency, type RememberedCall, recallFrom } from '../kernel/idempotency.ts';
import type { Json } from '../kernel/json/value.ts';

/** Calls under an idempotency key that are remembered for each sender, and senders whose calls are. */
const KEPT = 100;
const MOST_SENDERS = 200;

/** By sender; who was silent for the longest comes first. */
export type Remembered = Readonly<Record<string, readonly RememberedCall[]>>;

/** What an earlier call of the sender's under the key came to. @throws IDEMPOTENCY_CONFLICT */
export function recall(
  remembered: Remembered,
  sender: string,
  call: Idempotency | undefined,
): Json | undefined {
  return recallFrom(remembered[sender], call);
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
