import type { SeededRandom } from '../../../bench/mix/random.ts';

const MAX_DEPTH = 4;

/** Texts that readers stumble over. A lone surrogate survives JSON.stringify as an escape. */
const TEXTS: readonly string[] = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\udc00\ud800',
  '\u202e\u2066',
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  '%00',
  "'; DROP TABLE commits; --",
  '${7*7}{{7*7}}',
  '<script>alert(1)</script>',
  '\r\nset-cookie: a=1',
  '{"jsonrpc":"2.0"}',
  'doc://quick-start',
  '9'.repeat(400),
  'a'.repeat(20_000),
  '😀'.repeat(300),
  'guess 50',
];

const NUMBERS: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  255,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 63),
  1e21,
  1e308,
  -1e-320,
];

/** A text of any kind. */
export function anyText(random: SeededRandom): string {
  if (random.next() < 0.6) return random.pick(TEXTS);
  return String.fromCodePoint(...Array.from({ length: random.below(24) }, () => random.below(0x11_0000)));
}

/** A JSON value of any kind. */
export function anyValue(random: SeededRandom, depth = 0): unknown {
  const kinds = depth < MAX_DEPTH ? 7 : 5;
  switch (random.below(kinds)) {
    case 0:
      return null;
    case 1:
      return random.next() < 0.5;
    case 2:
      return random.pick(NUMBERS);
    case 3:
    case 4:
      return anyText(random);
    case 5:
      return Array.from({ length: random.below(5) }, () => anyValue(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(5) }, () => [anyText(random), anyValue(random, depth + 1)]),
      );
  }
}
