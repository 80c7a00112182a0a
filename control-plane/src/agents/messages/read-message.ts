import { bytesOf } from '../../kernel/answer-size.ts';
import { CodedError } from '../../kernel/errors.ts';
import type { Json, JsonObject } from '../../kernel/json/value.ts';
import { MESSAGE_TYPES, type MessageType, TEXT, TYPE_NAMES } from './types.ts';

/** So that an answer has room for the longest message, which is never cut. */
const MAX_BYTES = 16 * 1024;

/** A message that may be sent. */
export interface Message {
  readonly type: MessageType | typeof TEXT;
  readonly content: Json;
}

/**
 * Reads what an agent wants to say: text, or an object of a known type.
 *
 * @throws INVALID_REQUEST that names the field and what is wrong with it, UNKNOWN_MESSAGE_TYPE, TOO_LARGE
 */
export function readMessage(message: string | Readonly<Record<string, unknown>>): Message {
  const content = message as Json;
  if (bytesOf(content) > MAX_BYTES) throw new CodedError('TOO_LARGE', { limit_bytes: MAX_BYTES });
  if (typeof message === 'string') return { type: TEXT, content };
  const { type } = content as JsonObject;
  if (typeof type !== 'string' || !isKnown(type))
    throw new CodedError('UNKNOWN_MESSAGE_TYPE', { field: 'message.type', types: [...TYPE_NAMES] });
  const parsed = MESSAGE_TYPES[type].safeParse(content);
  if (parsed.success) return { type, content };
  const [key = ''] = parsed.error.issues[0]?.path.map(String) ?? [];
  const field = `message.${key}`;
  const wrong = Object.hasOwn(content as JsonObject, key) ? 'is not of the right form' : 'is required';
  throw new CodedError('INVALID_REQUEST', { field, message: `${field} ${wrong}.` });
}

function isKnown(type: string): type is MessageType {
  return Object.hasOwn(MESSAGE_TYPES, type);
}
