import canonicalize from 'canonicalize';
import type { Json } from './value.ts';

/**
 * The RFC 8785 text of a value: one spelling for each value, so that it can be hashed.
 *
 * @throws {TypeError} for what JSON cannot carry (undefined, NaN, a lone surrogate).
 */
export function canonicalJson(value: Json): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('This value has no JSON text.');
  return text;
}
