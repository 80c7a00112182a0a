import type { Json } from './value.ts';

/** Nesting deeper than this is refused: `[` and `{` each count one. */
const MAX_JSON_DEPTH = 64;

/** Why a JSON text was refused, and at which character. */
export class JsonError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(`${message} (at character ${offset})`);
    this.name = 'JsonError';
    this.offset = offset;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const PLAIN_STRING = /"([^"\\\u0000-\u001f\ud800-\udfff]*)"/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** What a text may hold besides. */
export interface JsonLimits {
  /** Values in all, those inside of others included: reading takes time for each, however short it is written. */
  readonly maxValues?: number;
}

/**
 * Reads JSON that has exactly one meaning. Stricter than RFC 8259: refuses duplicate keys, lone
 * surrogates, integers beyond 2^53-1 in any notation, and nesting over {@link MAX_JSON_DEPTH};
 * reads -0 as 0, as RFC 8785 writes it. `__proto__` is a key like any other.
 *
 * @throws {JsonError} with the offset of what was refused.
 */
export function parseJson(text: string, { maxValues = Infinity }: JsonLimits = {}): Json {
  const reader = new Reader(text, maxValues);
  const value = reader.value(0);
  reader.end();
  return value;
}

/** Reads UTF-8 bytes as {@link parseJson} does; malformed UTF-8 and a byte order mark are refused. */
export function parseJsonBytes(bytes: Uint8Array, limits?: JsonLimits): Json {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonError('The text is not UTF-8', 0);
  }
  return parseJson(text, limits);
}

class Reader {
  readonly #text: string;
  #at = 0;
  #valuesLeft: number;
  constructor(text: string, maxValues: number) {
    this.#text = text;
    this.#valuesLeft = maxValues;
  }

  value(depth: number): Json {
    if (--this.#valuesLeft < 0) throw this.#refuse('There are more values than allowed');
    this.#space();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth + 1);
      case '[':
        return this.#array(depth + 1);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#refuse('Text follows the value');
  }

  #object(depth: number): Json {
    this.#enter(depth);
    const pairs = new Map<string, Json>();
    for (let first = true; !this.#closes('}', first); first = false) {
      const at = this.#at;
      if (this.#text[at] !== '"') throw this.#refuse('A key must be a string');
      const key = this.#string();
      if (pairs.has(key)) throw new JsonError('A key stands twice in one object', at);
      this.#space();
      if (this.#text[this.#at++] !== ':') throw new JsonError('A colon is missing', this.#at - 1);
      pairs.set(key, this.value(depth));
    }
    // fromEntries defines own properties, so `__proto__` stays data.
    return Object.fromEntries(pairs);
  }

  #array(depth: number): Json {
    this.#enter(depth);
    const items: Json[] = [];
    for (let first = true; !this.#closes(']', first); first = false) items.push(this.value(depth));
    return items;
  }

  #enter(depth: number): void {
    if (depth > MAX_JSON_DEPTH) throw this.#refuse(`Nesting is deeper than ${MAX_JSON_DEPTH}`);
    this.#at++;
  }

  /** Steps over the closing bracket, or over the comma before the next item. */
  #closes(bracket: string, first: boolean): boolean {
    this.#space();
    const next = this.#text[this.#at];
    if (next === bracket) {
      this.#at++;
      return true;
    }
    if (first) return false;
    if (next !== ',') throw this.#refuse('A comma or a closing bracket is missing');
    this.#at++;
    this.#space();
    return false;
  }

  #string(): string {
    PLAIN_STRING.lastIndex = this.#at;
    const plain = PLAIN_STRING.exec(this.#text);
    if (plain) {
      this.#at = PLAIN_STRING.lastIndex;
      return plain[1] as string;
    }
    STRING.lastIndex = this.#at;
    const quoted = STRING.exec(this.#text);
    if (!quoted) throw this.#refuse('A string is not closed or holds a raw control character');
    const value: string = JSON.parse(quoted[0]);
    if (!value.isWellFormed()) throw this.#refuse('A string holds half of a surrogate pair');
    this.#at = STRING.lastIndex;
    return value;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (!match) throw this.#refuse('A value is missing or malformed');
    const value = Number(match[0]);
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
      throw this.#refuse('A number is beyond what every reader holds exactly (2^53-1)');
    }
    this.#at = NUMBER.lastIndex;
    return value === 0 ? 0 : value;
  }

  #word<T extends Json>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#refuse('A value is malformed');
    this.#at += word.length;
    return value;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #refuse(message: string): JsonError {
    return new JsonError(message, this.#at);
  }
}
