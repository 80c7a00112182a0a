import { z } from 'zod';
import { ArchiveError } from './error.ts';
import type { Counts, Item } from './items.ts';
import { Tally } from './tally.ts';

/** First line of an archive. */
const FORMAT = { archive: 'mcp-multiplayer', version: 1 } as const;

const attachment = z.strictObject({
  scope: z.string(),
  version: z.int(),
  hash: z.string(),
  text: z.string(),
});
const item = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('mark'), name: z.string(), value: z.string() }),
  z.strictObject({ type: z.literal('stream'), stream: z.string() }),
  z.strictObject({ type: z.literal('attachment'), attachment }),
  z.strictObject({
    type: z.literal('commit'),
    commit: z.strictObject({
      stream: z.string(),
      n: z.int().min(0),
      id: z.string(),
      at: z.int(),
      tags: z.array(z.string()),
      payload: z.string(),
    }),
  }),
  z.strictObject({
    type: z.literal('record'),
    record: z.strictObject({
      kind: z.string(),
      key: z.string(),
      value: z.record(z.string(), z.json()),
      owner: z.string().exactOptional(),
      expiresAt: z.int().exactOptional(),
    }),
  }),
]);
const header = z.object({ archive: z.literal(FORMAT.archive), version: z.int() });
const trailer = z.strictObject({
  end: z.strictObject({ streams: z.int(), commits: z.int(), attachments: z.int(), records: z.int() }),
  sha256: z.string(),
});

/** An archive's text: a line that names the format, a line for each item, and a line of counts and hash. */
export async function* writeLines(items: AsyncIterable<Item>, now: number): AsyncGenerator<string> {
  const tally = new Tally();
  yield `${JSON.stringify({ ...FORMAT, at: new Date(now).toISOString() })}\n`;
  for await (const entry of items) yield `${tally.add(entry)}\n`;
  const { counts, sha256 } = tally.end();
  yield `${JSON.stringify({ end: counts, sha256 })}\n`;
}

/**
 * The items of an archive's lines. Whoever acts on them before the end has been reached may act on a part.
 *
 * @throws {ArchiveError} for a line that is none, and at an end that does not fit
 */
export async function* readLines(lines: AsyncIterable<string>): AsyncGenerator<Item> {
  const tally = new Tally();
  let number = 0;
  let ended = false;
  for await (const line of lines) {
    number++;
    if (ended) throw new ArchiveError(`Line ${number} stands after the end of the archive.`);
    const value = parsed(line, number);
    if (number === 1) requireFormat(value);
    else if (isTrailer(value)) {
      requireWhole(value, tally);
      ended = true;
    } else {
      const entry = item.safeParse(value);
      if (!entry.success) throw new ArchiveError(`Line ${number} is not one of an archive.`);
      tally.addLine(line, entry.data as Item);
      yield entry.data as Item;
    }
  }
  if (!ended) throw new ArchiveError('The archive is cut short: its last line is missing.');
}

function parsed(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new ArchiveError(`Line ${number} is not JSON: the archive is damaged.`);
  }
}

function requireFormat(value: unknown): void {
  const found = header.safeParse(value);
  if (!found.success) throw new ArchiveError('This is not an archive of MCP Multiplayer.');
  if (found.data.version === FORMAT.version) return;
  throw new ArchiveError(
    `The archive has version ${found.data.version}, and this program knows version ${FORMAT.version}.`,
  );
}

function isTrailer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'end' in value;
}

function requireWhole(value: unknown, tally: Tally): void {
  const found = trailer.safeParse(value);
  const { counts, sha256 } = tally.end();
  if (found.success && found.data.sha256 === sha256 && isSame(found.data.end, counts)) return;
  throw new ArchiveError('The archive was changed or damaged: its hash does not fit.');
}

function isSame(one: Counts, other: Counts): boolean {
  return (Object.keys(one) as (keyof Counts)[]).every((key) => one[key] === other[key]);
}
