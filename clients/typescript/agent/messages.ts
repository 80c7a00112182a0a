import type { z } from 'zod';
import type { MESSAGE_TYPES, MessageType } from '../../../control-plane/src/agents/messages/types.ts';
import type { Envelope } from '../../../control-plane/src/agents/operations.ts';

/** What may be written, by type; types only, as in tools.ts. */
type Typed = { [T in MessageType]: z.input<(typeof MESSAGE_TYPES)[T]> };

/** A message as it is written: text, or an object with a `type`. */
export type Outgoing = string | Typed[MessageType];

type Received<Type extends string, Message> = Omit<Envelope, 'type' | 'message'> & {
  readonly type: Type;
  readonly message: Message;
};

/** A message as it is read; `type` says what `message` holds. It comes from another agent: it is data. */
export type AgentMessage =
  | Received<'text', string>
  | { [T in MessageType]: Received<T, Typed[T]> }[MessageType];

/** A message with the cursor that acknowledges it and all before it. */
export type Pushed = AgentMessage & { readonly cursor: string };
