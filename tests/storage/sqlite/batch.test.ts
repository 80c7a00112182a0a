import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { BatchRunner } from '../../../control-plane/src/storage/sqlite/batch.ts';
import type { Request } from '../../../control-plane/src/storage/sqlite/messages.ts';
import type { OperationName, Operations } from '../../../control-plane/src/storage/sqlite/operations.ts';

/** A runner whose operation is to run the SQL that it is given. */
function runner(db: DatabaseSync): BatchRunner {
  const sql = (text: string) => db.prepare(text).all().length;
  return new BatchRunner(db, { reads: { read: sql }, writes: { append: sql } } as unknown as Operations);
}

function request(id: number, text: string): Request {
  return [id, 'append' satisfies OperationName, [text]];
}

function database(): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE t (a INTEGER PRIMARY KEY)');
  db.exec('CREATE TABLE child (a INTEGER REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED)');
  return db;
}

const rows = (db: DatabaseSync) =>
  db
    .prepare('SELECT a FROM t ORDER BY a')
    .all()
    .map((row) => row['a']);
const insert = (id: number, value: number) => request(id, `INSERT INTO t VALUES (${value})`);

describe('a batch of writes', () => {
  test('that all succeed is committed as one', () => {
    using db = database();
    const { answers, fatal } = runner(db).write([insert(1, 10), insert(2, 20)]);
    expect(answers).toEqual([
      [1, 0],
      [2, 0],
    ]);
    expect(fatal).toBeUndefined();
    expect(rows(db)).toEqual([10, 20]);
  });

  test.each([
    ['an SQL error', 'INSERT INTO t VALUES (10)', 'unavailable'],
    ['a mistake of ours', 'INSERT INTO t VALUES (99); bad', 'unavailable'],
    ['an operation that throws', '\u0000', 'bug'],
  ])('goes on past one that fails with %s', (_what, text, kind) => {
    using db = database();
    const broken = new BatchRunner(db, {
      reads: {},
      writes: {
        append: (sql: string) => {
          if (sql === '\u0000') throw new TypeError('thrown');
          db.exec(sql);
        },
      },
    } as unknown as Operations);
    const { answers, fatal } = broken.write([insert(1, 10), request(2, text), insert(3, 30)]);
    expect(answers.map(([id, , failure]) => [id, failure?.kind])).toEqual([
      [1, undefined],
      [2, kind],
      [3, undefined],
    ]);
    expect(fatal).toBeUndefined();
    expect(rows(db)).toEqual([10, 30]);
  });

  test('that SQLite rolled back has failed as a whole, those before the failure too', () => {
    using db = database();
    const rolledBack = request(2, 'INSERT OR ROLLBACK INTO t VALUES (10)');
    const { answers, fatal } = runner(db).write([insert(1, 10), rolledBack, insert(3, 30)]);
    expect(answers.map(([id, , failure]) => [id, failure?.kind])).toEqual([
      [1, 'unavailable'],
      [2, 'unavailable'],
      [3, 'unavailable'],
    ]);
    expect(fatal).toBeUndefined();
    expect(rows(db)).toEqual([]);
    expect(db.isTransaction).toBe(false);
    expect(runner(db).write([insert(4, 40)]).answers).toEqual([[4, 0]]);
  });

  test.each([
    ['alone', [request(1, 'INSERT INTO child VALUES (7)')]],
    ['among others', [insert(1, 10), request(2, 'INSERT INTO child VALUES (7)')]],
  ])('whose COMMIT fails ends the store (%s)', (_what, requests) => {
    using db = database();
    const { answers, fatal } = runner(db).write(requests);
    expect(answers.every(([, , failure]) => failure?.kind === 'unavailable')).toBe(true);
    expect(answers).toHaveLength(requests.length);
    expect(fatal).toContain('COMMIT failed');
    expect(rows(db)).toEqual([]);
  });

  test('that ended its own transaction ends the store', () => {
    using db = database();
    const { answers, fatal } = runner(db).write([request(1, 'COMMIT')]);
    expect(answers[0]?.[2]?.kind).toBe('unavailable');
    expect(fatal).toContain('ended before its COMMIT');
  });
});

describe('a batch of reads', () => {
  test('answers each by itself', () => {
    using db = database();
    const reads: Request[] = [
      [1, 'read', ['SELECT 1']],
      [2, 'read', ['SELECT nothing']],
      [3, 'read', ['SELECT 1 UNION SELECT 2']],
    ];
    const { answers, fatal } = runner(db).read(reads);
    expect(answers.map(([id, value, failure]) => [id, value, failure?.kind])).toEqual([
      [1, 1, undefined],
      [2, undefined, 'unavailable'],
      [3, 2, undefined],
    ]);
    expect(fatal).toBeUndefined();
  });
});
