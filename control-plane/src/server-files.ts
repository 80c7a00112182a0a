import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { keepFile } from './kernel/keep-file.ts';

/** What a server keeps in its data directory beside the store. */
export interface ServerFiles {
  /** 32 secret bytes that seat codes are derived from. Losing them ends every unused invite's repeatability. */
  readonly key: Uint8Array;
  readonly databasePath: string;
}

/**
 * Opens the data directory (mode 0700), making what is missing.
 *
 * @param givenKey 64 hex digits, in the place of those kept in the directory
 */
export async function openServerFiles(dataDir: string, givenKey?: string): Promise<ServerFiles> {
  const directory = path.resolve(dataDir);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, 'server.key');
  const key = givenKey ?? (await keepFile(file, () => randomBytes(32).toString('hex')));
  if (!/^[0-9a-f]{64}$/.test(key)) throw new Error('server.key must hold 64 hex digits.');
  return { key: Buffer.from(key, 'hex'), databasePath: databaseFile(directory) };
}

/** The embedded store's file. */
export function databaseFile(dataDir: string): string {
  return path.resolve(dataDir, 'multiplayer.sqlite');
}
