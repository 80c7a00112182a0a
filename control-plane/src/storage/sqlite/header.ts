import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { CodedError } from '../../kernel/errors.ts';
import { primaryCode, SQLITE } from './failure.ts';
import { readPragma } from './pragmas.ts';
import { refused } from './refusal.ts';
import { APPLICATION_ID, SCHEMA_VERSION } from './schema.ts';

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';

/**
 * Refuses a file that is not ours, or newer than this program, by its first 100 bytes alone
 * (https://www.sqlite.org/fileformat2.html#the_database_header): opening it with SQLite could
 * already write to it, for example by moving another program's WAL into it.
 *
 * @throws {CodedError} STORE_UNAVAILABLE with the reason.
 */
export function checkHeader(path: string): void {
  // A rollback journal is left only where creating the tables was cut short: SQLite undoes that first.
  if (existsSync(`${path}-journal`)) return;
  const header = readHeader(path);
  if (header.length === 0) {
    // SQLite would take the WAL for a leftover and delete it: it may hold all that there is.
    if (hasWal(path)) throw refused(path, 'it is damaged (the file is empty, and its -wal is not)');
    return;
  }
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw refused(path, 'it is not a database file');
  }
  checkIdentity(path, header.readUInt32BE(68), header.readUInt32BE(60));
}

/**
 * The same by what a WAL would add to the header, and whether the two are whole. A connection that only
 * reads leaves both as they are; one that writes moves the WAL into the file when it closes.
 *
 * @throws {CodedError} STORE_UNAVAILABLE with the reason; other errors of SQLite are left to the one who opens
 */
export function checkWal(path: string): void {
  if (!hasWal(path)) return;
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    checkIdentity(path, Number(readPragma(db, 'application_id')), Number(readPragma(db, 'user_version')));
    checkWhole(db, path);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    const code = primaryCode(error);
    if (code === SQLITE.corrupt || code === SQLITE.notADatabase) throw refused(path, 'it is damaged', error);
  } finally {
    db?.close();
  }
}

/** Refuses a damaged file. @throws errors of SQLite, where that cannot be found out */
export function checkWhole(db: DatabaseSync, path: string): void {
  const result = readPragma(db, 'quick_check(1)');
  if (result !== 'ok') throw refused(path, `it is damaged (${result})`);
}

function hasWal(path: string): boolean {
  return existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0;
}

/** Refuses another program's application id, and a schema newer than ours. */
export function checkIdentity(path: string, applicationId: number, version: number): void {
  if (applicationId !== APPLICATION_ID) throw refused(path, 'it is the database of another program');
  if (version > SCHEMA_VERSION) {
    throw refused(path, `its schema is version ${version}, and this program knows version ${SCHEMA_VERSION}`);
  }
  if (version < 1) throw refused(path, 'its schema version is missing');
}

function readHeader(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    return header.subarray(0, readSync(fd, header, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(fd);
  }
}
