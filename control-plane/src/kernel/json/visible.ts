/**
 * Characters that show nothing or turn what follows around: a person who looks at an answer would not see what
 * a model reads. Soft hyphen, marks and overrides of direction, zero-width spaces, invisible operators, line
 * separators, byte order marks, tags, and the selectors in which whole texts can be hidden. Not the joiners,
 * which emoji and several scripts are written with.
 */
const HIDDEN = new RegExp(
  '[\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb' +
    '\\u{e0000}-\\u{e0fff}]',
  'gu',
);

/** The JSON text of a value with every hidden character as an escape. It means the same. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(HIDDEN, escaped);
}

/** True where a text holds a hidden character, a control character or half a surrogate pair. */
export function holdsHidden(text: string): boolean {
  return text.search(HIDDEN) >= 0 || /[\p{Cc}\p{Cs}]/u.test(text);
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
