import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { randomHex } from '../kernel/hash.ts';
import type { Counts, Item } from './items.ts';
import { ArchiveError, readLines, Tally, writeLines } from './lines.ts';

/** What an archive holds. */
export interface Summary {
  readonly counts: Counts;
  /** Of the lines of its items. */
  readonly sha256: string;
}

/** The bytes of an archive, compressed, as they are made. */
export function packed(items: AsyncIterable<Item>, now: number): Readable {
  const gzip = createGzip();
  // Whichever of the two ends first ends the other; who reads hears of a failure from the archive itself.
  pipeline(writeLines(items, now), gzip).catch(() => undefined);
  return gzip;
}

/**
 * Keeps an archive's bytes in a file that only this user can read. The file has its name once it is
 * whole and on disk; one that is there already is not touched.
 *
 * @throws {ArchiveError} when the bytes are not a whole archive; EEXIST and what else the disk says
 */
export async function keepArchive(bytes: Readable, file: string): Promise<Summary> {
  // Of this try alone: what a try left that was killed is in nobody's way.
  const draft = `${file}.${randomHex(4)}.part`;
  try {
    await requireAbsent(file);
    await pipeline(bytes, createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }));
    const summary = await verifyArchive(draft);
    await requireAbsent(file);
    await rename(draft, file);
    await syncDirectory(path.dirname(file));
    return summary;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    bytes.destroy();
  }
}

/** Reads a whole archive, and nothing else. @throws {ArchiveError} */
export async function verifyArchive(file: string): Promise<Summary> {
  const tally = new Tally();
  for await (const item of readArchive(file)) tally.add(item);
  return tally.end();
}

/** The items of an archive, page by page. @throws {ArchiveError} */
export async function* readArchive(file: string): AsyncGenerator<Item> {
  const bytes = createReadStream(file);
  const text = createGunzip();
  bytes.on('error', (error) => text.destroy(error));
  try {
    yield* readLines(createInterface({ input: bytes.pipe(text), crlfDelay: Number.POSITIVE_INFINITY }));
  } catch (error) {
    throw isZlib(error) ? new ArchiveError('The archive is damaged or cut short.', { cause: error }) : error;
  } finally {
    bytes.destroy();
  }
}

async function requireAbsent(file: string): Promise<void> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return;
  await handle.close();
  throw Object.assign(new Error(`${file} is there already, and is not written over.`), { code: 'EEXIST' });
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isZlib(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
