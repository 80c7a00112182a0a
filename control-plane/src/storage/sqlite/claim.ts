import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { refused } from './refusal.ts';

const claimed = new Set<string>();

/**
 * Makes sure that the file is there, readable by its owner only, and that this process has it once.
 * SQLite's own lock cannot see to the latter before our header check: POSIX drops a process's locks
 * on a file as soon as the process closes any descriptor of it.
 *
 * @returns gives the claim back; call it once the database is closed.
 * @throws {CodedError} STORE_UNAVAILABLE when this process has the file already.
 */
export function claimFile(path: string): () => void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  createFile(path);
  const { dev, ino } = statSync(path);
  const key = `${dev}:${ino}`;
  if (claimed.has(key)) throw refused(path, 'this process holds it already');
  claimed.add(key);
  return () => void claimed.delete(key);
}

function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
