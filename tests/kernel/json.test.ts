import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../control-plane/src/kernel/json/canonical.ts';
import { parseJson, parseJsonBytes } from '../../control-plane/src/kernel/json/parse.ts';
import type { Json } from '../../control-plane/src/kernel/json/value.ts';

describe('strict JSON', () => {
  test.each([
    ['a duplicate key', '{"a":1,"a":1}'],
    ['a duplicate key by another spelling', '{"a":1,"\\u0061":2}'],
    ['a duplicate key deep inside', '[{"x":{"a":1,"b":2,"a":3}}]'],
    ['a lone high surrogate, escaped', '"\\ud800"'],
    ['a lone low surrogate, escaped', '"\\udc00x"'],
    ['surrogates in the wrong order', '"\\udc00\\ud800"'],
    ['a lone surrogate in a key', '{"\\ud800":1}'],
    ['a raw lone surrogate', '"\ud800"'],
    ['2^53', '9007199254740992'],
    ['-2^53', '-9007199254740992'],
    ['2^53 with a fraction of nothing', '9007199254740992.0'],
    ['2^53 with an exponent', '9007199254740992e0'],
    ['1e16', '1e16'],
    ['a number beyond every double', '1e400'],
    ['NaN', 'NaN'],
    ['Infinity', '-Infinity'],
    ['a leading zero', '01'],
    ['a leading plus', '+1'],
    ['a bare fraction', '.5'],
    ['a trailing dot', '1.'],
    ['hexadecimal', '0x10'],
    ['a trailing comma', '[1,]'],
    ['a leading comma', '[,1]'],
    ['a missing comma', '[1 2]'],
    ['a missing colon', '{"a" 1}'],
    ['a key without quotes', '{a:1}'],
    ['single quotes', "'a'"],
    ['a comment', '1 // one'],
    ['text after the value', '{} {}'],
    ['nothing', ''],
    ['white space only', ' \n'],
    ['an open string', '"abc'],
    ['a raw line feed in a string', '"a\nb"'],
    ['an unknown escape', '"\\x41"'],
    ['a short escape', '"\\u12"'],
    ['an open array', '[1'],
    ['an open object', '{"a":1'],
    ['a form feed as white space', '\f1'],
    ['a byte order mark', '\ufeff1'],
    ['65 levels', `${'['.repeat(65)}${']'.repeat(65)}`],
    ['a million levels', '['.repeat(1_000_000)],
  ])('refuses %s', (_what, text) => {
    expect(() => parseJson(text)).toThrow(/at character/);
  });

  test.each([
    ['64 levels', `${'['.repeat(64)}${']'.repeat(64)}`],
    ['2^53-1', '9007199254740991'],
    ['a small fraction', '1e-400'],
    ['a surrogate pair, escaped', '"\\ud83d\\ude00"'],
    ['an escaped NUL', '"\\u0000"'],
    ['white space of all four kinds', ' \t\r\n{ "a" : [ 1 , null , true , false ] } '],
    ['an empty key', '{"":""}'],
  ])('reads %s as JSON.parse does', (_what, text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  test('__proto__ is a key like any other', () => {
    const value = parseJson('{"__proto__":{"admin":true},"constructor":1}') as Record<string, Json>;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(canonicalJson(value)).toBe('{"__proto__":{"admin":true},"constructor":1}');
  });

  test.each(['-0', '-0.0', '-0e5'])('%s is 0', (text) => {
    expect(Object.is(parseJson(text), 0)).toBe(true);
  });

  test('agrees with JSON.parse on everything that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false, maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value);
        const numbers = JSON.stringify(value).match(/-?\d{16,}|e\+/g);
        fc.pre(numbers === null && text.isWellFormed() && !/\\ud[89a-f]/i.test(text));
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test('canonical text reads back as itself', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))),
        (value) => {
          const text = canonicalJson(value as Json);
          expect(canonicalJson(parseJson(text))).toBe(text);
        },
      ),
    );
  });

  test.each([
    ['a byte that is not UTF-8', [0x22, 0xff, 0x22]],
    ['an overlong form', [0x22, 0xc0, 0x80, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x31]],
  ])('refuses %s', (_what, bytes) => {
    expect(() => parseJsonBytes(Uint8Array.from(bytes))).toThrow(/at character/);
  });

  test('a megabyte of text is read in linear time and without a deep stack', () => {
    const text = JSON.stringify({ text: 'é\n"'.repeat(300_000) });
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
});
