import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { randomHex } from '../kernel/hash.ts';
import { keepFile } from '../kernel/keep-file.ts';

/** What names this server among those that share an engine; the same again after a restart. */
export async function openInstance(dataDir: string, instanceId: string | undefined): Promise<string> {
  const directory = path.resolve(dataDir);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return instanceId ?? (await keepFile(path.join(directory, 'instance'), () => randomHex(8)));
}
