import { chmod, rename, rm, writeFile } from 'node:fs/promises';

/** Replaces a file that only its owner may read: whoever reads it sees the old text or the new one, whole. */
export async function writePrivately(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
    await chmod(draft, 0o600);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
