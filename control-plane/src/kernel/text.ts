/** The first characters of a text; a pair of surrogates that the cut would halve is left out. */
export function cut(text: string, most: number): string {
  return text.slice(0, most).replace(/\p{Cs}$/u, '');
}

/** The day of a moment, as `2026-11-21`; in words where it is not known. @param at ms since the epoch */
export function dayOf(at: number | undefined): string {
  return at === undefined ? 'an unknown day' : new Date(at).toISOString().slice(0, 10);
}
