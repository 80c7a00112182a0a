import { isRecord } from '../client/problem.ts';
import type { Message } from '../client/tools.ts';
import { check } from './check.ts';

/** A message with the body that a bot or the server wrote. */
export interface Typed {
  readonly id: number;
  readonly sender: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The messages of one type, by their body's `type`. A member cannot forge one: senders are the server's word. */
export function ofType(messages: readonly Message[], type: string): Typed[] {
  return messages.flatMap(({ id, sender, sender_kind, body }) =>
    sender_kind !== 'member' && isRecord(body) && body['type'] === type ? [{ id, sender, body }] : [],
  );
}

/** The one message of a type. @throws {CheckFailed} where there is none, or more than one */
export function single(messages: readonly Message[], type: string): Typed {
  const found = ofType(messages, type);
  const [first] = found;
  check(first !== undefined && found.length === 1, `The log holds one ${type} message.`);
  return first;
}

/** A text field. @throws {CheckFailed} */
export function textOf({ body }: Typed, field: string): string {
  const value = body[field];
  check(typeof value === 'string', `A ${String(body['type'])} message has the text ${field}.`);
  return value;
}

/** A whole number. @throws {CheckFailed} */
export function numberOf({ body }: Typed, field: string): number {
  const value = body[field];
  check(Number.isInteger(value), `A ${String(body['type'])} message has the whole number ${field}.`);
  return value as number;
}
