import type { DatabaseSync } from 'node:sqlite';
import { readPragma } from './pragmas.ts';
import { SCHEMA_VERSION } from './schema.ts';

/** What leads from each version of the schema to the next: the first of these from version 1 to 2. */
const STEPS: readonly string[] = [
  // Copying a store reads a stream's attachments in this order.
  `DROP INDEX attachments_stream;
   CREATE INDEX attachments_stream ON attachments (stream, scope, version, hash);`,
];

/**
 * Brings a file of an older version to ours, each step all or nothing: cut short, the file is of one
 * version or the other, and goes on at the next start. To be called once the file is known to be whole.
 */
export function migrate(db: DatabaseSync): void {
  const found = Number(readPragma(db, 'user_version'));
  if (found === SCHEMA_VERSION) return;
  for (let version = found; version < SCHEMA_VERSION; version++) {
    db.exec(`BEGIN IMMEDIATE; ${STEPS[version - 1]} PRAGMA user_version = ${version + 1}; COMMIT`);
  }
  // An older program looks at the file's own header, before it opens what the WAL would add to it.
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}
