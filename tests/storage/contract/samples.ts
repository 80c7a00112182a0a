import type { Attachment, StoredCommit } from '../../../control-plane/src/log/store.ts';
import { canonicalJson } from '../../../control-plane/src/kernel/json/canonical.ts';
import type { Json } from '../../../control-plane/src/kernel/json/value.ts';
import { sha256Label } from '../../../control-plane/src/kernel/hash.ts';

/** A commit whose fields are told apart from every other commit's. */
export function commit(stream: string, n: number, fields: Partial<StoredCommit> = {}): StoredCommit {
  return { stream, n, id: `id-${stream}-${n}`, at: 1_000 + n, tags: [], payload: `{"n":${n}}`, ...fields };
}

export function attachment(scope: string, version: number, text: string): Attachment {
  return { scope, version, hash: sha256Label(text), text };
}

/** JSON texts that an adapter with opinions about values would change. */
export const AWKWARD_TEXTS: readonly (readonly [what: string, text: string])[] = [
  ['a nested array', '[[1]]'],
  ['a key with a dot', '{"a.b":1}'],
  ['a key with a dollar sign', '{"$x":1}'],
  ['an escaped NUL', '"\\u0000"'],
  ['a key named __proto__', '{"__proto__":1}'],
  ['an empty key', '{"":{"":[]}}'],
  ['an operator of a query language', '{"$where":"1","$set":{"_id":null}}'],
  ['the largest safe integer', '[9007199254740991,-9007199254740991]'],
  ['numbers in RFC 8785 notation', '[1e+30,5e-324,0.000001,1e-7,0]'],
  ['keys in the order of RFC 8785', '{"1":1,"10":2,"2":3,"€":4,"\u{1f600}":5}'],
  ['an escaped lone surrogate', '"\\ud800"'],
  ['text beyond the BMP', '"\u{1f600}\u{10ffff}é\u00df"'],
  ['characters that end lines elsewhere', '"\u2028\u2029\u0085"'],
  ['a byte order mark', '"\ufeff"'],
  ['the same letters composed and decomposed', '["\u00e9","e\u0301"]'],
  ['a real NUL', 'before\u0000after'],
  ['white space at both ends', '  {}\r\n '],
  ['no text at all', ''],
  ['one MiB', `"${'x\u{1f600}'.repeat(209_715)}"`],
];

/** Values that come back as JSON equal to what went in. */
export const AWKWARD_VALUES: readonly (readonly [what: string, value: Json])[] = [
  ['a nested array', [[1]]],
  ['a key with a dot', { 'a.b': 1 }],
  ['a key with a dollar sign', { $x: 1 }],
  ['a NUL', '\u0000'],
  ['a key named __proto__', JSON.parse('{"__proto__":1}') as Json],
  ['a fraction', 1 / 3],
  ['text beyond the BMP', '\u{1f600}'],
];

/** RFC 8785 text: compares values that test libraries compare carelessly, such as a key `__proto__`. */
export const text = canonicalJson;
