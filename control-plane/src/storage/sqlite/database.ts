import { DatabaseSync } from 'node:sqlite';
import { CodedError } from '../../kernel/errors.ts';
import { messageOf, primaryCode, SQLITE } from './failure.ts';
import { checkIdentity, checkWhole } from './header.ts';
import { migrate } from './migrations.ts';
import { applyPragma, LOCKING, type Pragma, PRAGMAS, readPragma } from './pragmas.ts';
import { refused } from './refusal.ts';
import { createSchema } from './schema.ts';

/** What the worker needs to open the database. */
export interface DatabaseOptions {
  readonly path: string;
  /** How long to wait for another owner of the file to let go, ms. */
  readonly lockWaitMs: number;
  /** Only for tests: settings beside or instead of ours. */
  readonly testPragmas?: readonly Pragma[];
}

/**
 * Opens the database as its only owner, checks it, makes the tables in an empty one, and sets the pragmas.
 *
 * @throws {CodedError} STORE_UNAVAILABLE: held by another process, damaged, not ours, or a pragma did not take.
 */
export function openDatabase(options: DatabaseOptions): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(options.path, { timeout: options.lockWaitMs });
    prepare(db, options);
    return db;
  } catch (error) {
    db?.close();
    throw explain(options.path, error);
  }
}

function prepare(db: DatabaseSync, options: DatabaseOptions): void {
  applyPragma(db, { name: 'busy_timeout', set: options.lockWaitMs, reads: options.lockWaitMs });
  applyPragma(db, LOCKING);
  // The first read takes the lock.
  if (readPragma(db, 'page_count') === 0) createSchema(db);
  else checkExisting(db, options.path);
  const replaced = new Set(options.testPragmas?.map((pragma) => pragma.name));
  const own = PRAGMAS.filter((pragma) => !replaced.has(pragma.name));
  for (const pragma of [...own, ...(options.testPragmas ?? [])]) applyPragma(db, pragma);
  migrate(db);
}

function checkExisting(db: DatabaseSync, path: string): void {
  checkIdentity(path, Number(readPragma(db, 'application_id')), Number(readPragma(db, 'user_version')));
  checkWhole(db, path);
}

function explain(path: string, error: unknown): unknown {
  switch (primaryCode(error)) {
    case undefined:
      return error instanceof CodedError ? error : refused(path, messageOf(error), error);
    case SQLITE.busy:
      return refused(path, 'another process holds it', error);
    case SQLITE.corrupt:
    case SQLITE.notADatabase:
      return refused(path, 'it is damaged', error);
    default:
      return refused(path, messageOf(error), error);
  }
}
