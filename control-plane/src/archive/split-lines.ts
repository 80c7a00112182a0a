import { ArchiveError } from './error.ts';

/** More than the longest item takes: a state of 1 MiB whose every character is written as an escape. */
const MAX_UNITS = 64 * 1024 * 1024;

/**
 * The lines of a text that comes in pieces, each as soon as it is whole; what follows the last end of a
 * line is one too.
 *
 * @throws {ArchiveError} for a line that no archive has
 */
export async function* splitLines(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let parts: string[] = [];
  let units = 0;
  for await (const piece of pieces) {
    const [first = '', ...more] = piece.split('\n');
    parts.push(first);
    units += first.length;
    if (units > MAX_UNITS) throw new ArchiveError('A line is too long: this is not an archive.');
    const last = more.pop();
    if (last === undefined) continue;
    yield parts.join('');
    yield* more;
    parts = [last];
    units = last.length;
  }
  if (units > 0) yield parts.join('');
}
