import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { randomHex } from './kernel/hash.ts';

/** What a server keeps in its data directory beside the store. */
export interface ServerFiles {
  /** 32 secret bytes that seat codes are derived from. Losing them ends every unused invite's repeatability. */
  readonly key: Uint8Array;
  /** Names this server among those that share a Docker engine. */
  readonly instanceId: string;
  readonly databasePath: string;
}

/** Opens the data directory (mode 0700), making what is missing. */
export async function openServerFiles(dataDir: string, instanceId: string | undefined): Promise<ServerFiles> {
  const directory = path.resolve(dataDir);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const key = await keep(path.join(directory, 'server.key'), () => randomBytes(32).toString('hex'));
  const kept = await keep(path.join(directory, 'instance'), () => randomHex(8));
  if (!/^[0-9a-f]{64}$/.test(key)) throw new Error('server.key must hold 64 hex digits.');
  return {
    key: Buffer.from(key, 'hex'),
    instanceId: instanceId ?? kept,
    databasePath: path.join(directory, 'multiplayer.sqlite'),
  };
}

/** Reads a small secret file, making it first where it is missing. */
async function keep(file: string, make: () => string): Promise<string> {
  try {
    await writeFile(file, `${make()}\n`, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  await chmod(file, 0o600);
  return (await readFile(file, 'utf8')).trim();
}
