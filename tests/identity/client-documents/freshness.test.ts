import { expect, it } from 'vitest';
import { FRESH, freshFor } from '../../../control-plane/src/identity/client-documents/freshness.ts';

const MINUTE = 60_000;

it.each<[string | undefined, number]>([
  [undefined, FRESH.usual],
  ['', FRESH.usual],
  ['public', FRESH.usual],
  ['max-age=600', 10 * MINUTE],
  ['public, max-age=600, immutable', 10 * MINUTE],
  ['Public,MAX-AGE=600', 10 * MINUTE],
  ['max-age="600"', 10 * MINUTE],
  ['max-age=600, max-age=1200', 10 * MINUTE],
  ['s-maxage=600', FRESH.usual],
  ['max-age=0', 5 * MINUTE],
  ['max-age=1', 5 * MINUTE],
  ['max-age=-1', 5 * MINUTE],
  ['max-age=soon', 5 * MINUTE],
  ['no-store', 5 * MINUTE],
  ['no-cache, max-age=86400', 5 * MINUTE],
  ['max-age=31536000', 24 * 60 * MINUTE],
  [`max-age=${'9'.repeat(400)}`, 24 * 60 * MINUTE],
])('a copy with Cache-Control %j is fresh for %i ms', (cacheControl, ms) => {
  expect(freshFor(cacheControl)).toBe(ms);
});
