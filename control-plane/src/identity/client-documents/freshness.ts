const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How long a copy is taken for the document itself, ms, whatever the document's host would like. */
export const FRESH = {
  /** A client that signs in asks several times within a minute or two; that needs one fetch. */
  least: 5 * MINUTE,
  /** Where the host says nothing. */
  usual: HOUR,
  /** A client that withdraws an address of its own, or itself, is believed a day later at most. */
  most: 24 * HOUR,
} as const;

/** How long a copy is fresh by its Cache-Control (RFC 9111 section 5.2.2), within {@link FRESH}; ms. */
export function freshFor(cacheControl: string | undefined): number {
  if (cacheControl === undefined) return FRESH.usual;
  const directives = cacheControl
    .toLowerCase()
    .split(',')
    .map((text) => text.trim());
  if (directives.includes('no-store') || directives.includes('no-cache')) return FRESH.least;
  const ages = directives.filter((text) => text.startsWith('max-age=')).map(secondsOf);
  if (ages.length === 0) return FRESH.usual;
  return Math.min(FRESH.most, Math.max(FRESH.least, Math.min(...ages) * 1000));
}

/** What cannot be read counts as no time at all (RFC 9111 section 4.2.1). */
function secondsOf(directive: string): number {
  return Number(/^max-age="?(\d+)"?$/.exec(directive)?.[1] ?? 0);
}
