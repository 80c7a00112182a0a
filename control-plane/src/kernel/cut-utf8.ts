/** The longest start of a text that takes at most `bytes` in UTF-8 and splits no character. */
export function cutUtf8(text: string, bytes: number): string {
  const all = Buffer.from(text, 'utf8');
  if (all.length <= bytes) return text;
  let end = bytes;
  while (end > 0 && ((all[end] ?? 0) & 0xc0) === 0x80) end--;
  return all.subarray(0, end).toString('utf8');
}
