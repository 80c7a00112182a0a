import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { isFatal, toFailure } from '../../../control-plane/src/storage/sqlite/failure.ts';

/** An error as node:sqlite throws it: `errcode` is the extended result code. */
function sqliteError(errcode: number): Error {
  return Object.assign(new Error(`code ${errcode}`), { code: 'ERR_SQLITE_ERROR', errcode });
}

const FSYNC_FAILED = 10 | (4 << 8);
const SHORT_READ = 10 | (2 << 8);
const FILE_MOVED = 8 | (4 << 8);

test.each([
  ['a failed fsync', sqliteError(FSYNC_FAILED), true, 'unavailable'],
  ['a short read', sqliteError(SHORT_READ), true, 'unavailable'],
  ['a spoiled page', sqliteError(11), true, 'unavailable'],
  ['a file that is no database any more', sqliteError(26), true, 'unavailable'],
  ['a file that was moved away', sqliteError(FILE_MOVED), true, 'unavailable'],
  ['a full disk', sqliteError(13), false, 'unavailable'],
  ['too little memory', sqliteError(7), false, 'unavailable'],
  ['a value too large', sqliteError(18), false, 'unavailable'],
  ['a mistake of ours', new TypeError('cannot be bound'), false, 'bug'],
])('%s: whether the store ends, and what the caller is told', (_what, error, fatal, kind) => {
  expect(isFatal(error)).toBe(fatal);
  expect(toFailure(error)).toEqual({ kind, reason: error.message });
});

test('an error of node:sqlite carries the extended code that this stands on', () => {
  using db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)');
  expect(() => db.exec('INSERT INTO t VALUES (1)')).toThrow(expect.objectContaining({ errcode: 1555 }));
});
