import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { type TempDir, tempDir } from '../../support/temp-dir.ts';

/** A file system of its own that a test can fill to the last byte. */
export interface TinyDisk extends TempDir {
  fill(): void;
  /** Gives back what `fill` took. */
  free(): void;
}

/** @returns why there is none, where this machine does not allow mounting. */
export async function tinyDisk(megabytes: number): Promise<TinyDisk | string> {
  const dir = await tempDir();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir.path], { stdio: 'pipe' });
  } catch (error) {
    await dir[Symbol.asyncDispose]();
    return `a tmpfs cannot be mounted here: ${String(error).trim()}`;
  }
  const ballast = dir.file('ballast');
  return {
    path: dir.path,
    file: dir.file,
    fill: () => {
      const { bavail, bsize } = statfsSync(dir.path);
      writeFileSync(ballast, Buffer.alloc(Number(bavail) * Number(bsize)));
    },
    free: () => rmSync(ballast),
    async [Symbol.asyncDispose]() {
      execFileSync('umount', [dir.path], { stdio: 'pipe' });
      await dir[Symbol.asyncDispose]();
    },
  };
}
