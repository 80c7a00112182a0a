import { bytesOf } from '../kernel/answer-size.ts';
import { canonicalJson } from '../kernel/json/canonical.ts';
import type { Json } from '../kernel/json/value.ts';
import type { Entry } from '../log/commit.ts';
import type { Message } from './operations/answers.ts';

/** What members see of an entry: all but the salt. */
function toMessage(entry: Entry): Message {
  const { salt: _salt, ...message } = entry;
  return message;
}

/** An answer's messages, filled up to a number and a size. */
export class BoundedMessages {
  readonly messages: Message[] = [];
  readonly #limit: number;
  #left: number;

  /** @param bytes what the messages may take together, as JSON */
  constructor(limit: number, bytes: number) {
    this.#limit = limit;
    this.#left = bytes;
  }

  /** Adds an entry, false when it does not fit. The first one always fits: what is too long comes cut. */
  add(entry: Entry, bodyOffset?: number): boolean {
    const first = this.messages.length === 0;
    if (this.messages.length >= this.#limit) return false;
    const whole = toMessage(entry);
    const bytes = bytesOf(whole);
    const fits = bytes <= this.#left;
    if (!fits && !first) return false;
    const message = fits && bodyOffset === undefined ? whole : cut(whole, bodyOffset ?? 0, this.#left);
    this.messages.push(message);
    this.#left -= fits ? bytes : this.#left;
    return true;
  }
}

/** A message with a part of its body's JSON text as the body. */
function cut(message: Message, offset: number, bytes: number): Message {
  const text = canonicalJson(message.body as Json);
  const part = prefix(text.slice(offset), bytes);
  const end = offset + part.length;
  const next =
    end < text.length
      ? `sync_messages with cursor ${message.id - 1}, body_offset ${end} and limit 1 reads on`
      : 'this is the last part';
  return { ...message, body: part, truncated: { offset: end, total_chars: text.length, next } };
}

/** The longest beginning of a text that takes so many bytes once it is quoted as JSON, at least one character. */
export function prefix(text: string, bytes: number): string {
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += bytesOf(character) - 2;
    if (used > bytes && end > 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}
