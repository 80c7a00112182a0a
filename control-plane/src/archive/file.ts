import { createReadStream, createWriteStream } from 'node:fs';
import { access, link, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { randomHex } from '../kernel/hash.ts';
import { ArchiveError } from './error.ts';
import type { Item } from './items.ts';
import { readLines, writeLines } from './lines.ts';
import { splitLines } from './split-lines.ts';
import { type Summary, summaryOf } from './tally.ts';

/** What file systems say that know no second names. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** The bytes of an archive, compressed, as they are made. */
export function packed(items: AsyncIterable<Item>, now: number): Readable {
  const gzip = createGzip();
  // Whichever of the two ends first ends the other; who reads hears of a failure from the archive itself.
  pipeline(writeLines(items, now), gzip).catch(() => undefined);
  return gzip;
}

/**
 * Keeps an archive's bytes in a file that only this user can read. The file has its name once it is
 * whole, on disk and read back; one that is there already is not touched.
 *
 * @throws {ArchiveError} when the bytes are not a whole archive; EEXIST and what else the disk says
 */
export async function keepArchive(bytes: Readable, file: string): Promise<Summary> {
  // A name of its own: what another try left must not be in the way.
  const draft = `${file}.${randomHex(4)}.part`;
  try {
    await requireAbsent(file);
    await pipeline(bytes, createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }));
    const summary = await verifyArchive(draft);
    await giveName(draft, file);
    await syncDirectory(path.dirname(file));
    return summary;
  } finally {
    bytes.destroy();
    await rm(draft, { force: true });
  }
}

/** Reads a whole archive, and nothing else. @throws {ArchiveError} */
export function verifyArchive(file: string): Promise<Summary> {
  return summaryOf(readArchive(file));
}

/** The items of an archive, one by one. @throws {ArchiveError} */
export async function* readArchive(file: string): AsyncGenerator<Item> {
  const text = createGunzip().setEncoding('utf8');
  // Whichever of the two ends first ends the other; a failure is told by the text.
  pipeline(createReadStream(file), text).catch(() => undefined);
  try {
    yield* readLines(splitLines(text));
  } catch (error) {
    throw codeOf(error).startsWith('Z_')
      ? new ArchiveError('The archive is damaged or cut short.', { cause: error })
      : error;
  } finally {
    text.destroy();
  }
}

async function requireAbsent(file: string): Promise<void> {
  const isPresent = await access(file).then(
    () => true,
    () => false,
  );
  if (isPresent) throw alreadyThere(file);
}

/** Gives a file its name, which is never taken from another one. */
async function giveName(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw alreadyThere(file);
    if (!NO_LINKS.has(codeOf(error))) throw error;
    await requireAbsent(file);
    await rename(draft, file);
  }
}

function alreadyThere(file: string): Error {
  return Object.assign(new Error(`${file} is there already, and is not written over.`), { code: 'EEXIST' });
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
