/**
 * Text of peers and bots for a terminal: control characters are spelled out, so that none of it moves
 * the cursor, changes colours or hides what follows; direction overrides likewise.
 */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Breaks text into lines of at most `width` characters; the second and later ones are indented. */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = lines.length === 0 ? '' : indent;
    for (const word of paragraph.split(' ')) {
      const joined = line.trim() === '' ? `${line}${word}` : `${line} ${word}`;
      if (joined.length > width && line.trim() !== '') {
        lines.push(line);
        line = `${indent}${word}`;
      } else {
        line = joined;
      }
    }
    lines.push(line);
  }
  return lines.join('\n');
}
