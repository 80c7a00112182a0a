import type { DatabaseSync } from 'node:sqlite';

/** A setting of the connection, and what reading it back must give. */
export interface Pragma {
  readonly name: string;
  readonly set: string | number;
  readonly reads: string | number;
}

/**
 * EXCLUSIVE keeps the operating system's lock on the file itself for as long as the connection is open:
 * a second server cannot get in by another path or link, a crashed owner frees it by dying, and the
 * WAL's index stays in memory, which makes a commit cheaper. The price: no other program can read the
 * file meanwhile.
 */
export const LOCKING: Pragma = { name: 'locking_mode', set: 'EXCLUSIVE', reads: 'exclusive' };

/** Everything that durability and speed stand on. */
export const PRAGMAS: readonly Pragma[] = [
  { name: 'journal_mode', set: 'WAL', reads: 'wal' },
  { name: 'synchronous', set: 'FULL', reads: 2 },
  // Where the system's fsync leaves data in the drive's cache (macOS), ask for more.
  { name: 'fullfsync', set: 'ON', reads: 1 },
  { name: 'checkpoint_fullfsync', set: 'ON', reads: 1 },
  { name: 'foreign_keys', set: 'ON', reads: 1 },
  { name: 'trusted_schema', set: 'OFF', reads: 0 },
  { name: 'cell_size_check', set: 'ON', reads: 1 },
  { name: 'temp_store', set: 'MEMORY', reads: 2 },
  { name: 'cache_size', set: -16_384, reads: -16_384 },
  { name: 'journal_size_limit', set: 67_108_864, reads: 67_108_864 },
];

/**
 * Sets a pragma and reads it back: SQLite ignores what it does not know or cannot do.
 *
 * @throws {Error} when the value read is not the value meant.
 */
export function applyPragma(db: DatabaseSync, pragma: Pragma): void {
  db.exec(`PRAGMA ${pragma.name} = ${pragma.set}`);
  const value = readPragma(db, pragma.name);
  if (value !== pragma.reads) {
    throw new Error(`PRAGMA ${pragma.name} reads ${value} where ${pragma.reads} is needed`);
  }
}

/** The value of a pragma that has one. */
export function readPragma(db: DatabaseSync, name: string): string | number {
  const row = db.prepare(`PRAGMA ${name}`).get();
  const value = row && Object.values(row)[0];
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw new Error(`PRAGMA ${name} gives no value`);
}
