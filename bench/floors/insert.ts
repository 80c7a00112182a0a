import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { applyPragma, LOCKING, PRAGMAS } from '../../control-plane/src/storage/sqlite/pragmas.ts';

/** About what a commit with one short entry takes. */
const PAYLOAD_BYTES = 700;

/** A bare durable insert: one row, one transaction, on disk when it returns; the store's own settings. */
export class BareInsert implements Disposable {
  readonly #db: DatabaseSync;
  readonly #insert;
  readonly #payload = randomBytes(PAYLOAD_BYTES / 2).toString('hex');
  #n = 0;

  /** @param directory on the same disk as the server's data */
  constructor(directory: string) {
    this.#db = new DatabaseSync(join(directory, 'floor.sqlite'));
    for (const pragma of [LOCKING, ...PRAGMAS]) applyPragma(this.#db, pragma);
    this.#db.exec('CREATE TABLE entries (n INTEGER PRIMARY KEY, payload TEXT NOT NULL) STRICT');
    this.#insert = this.#db.prepare('INSERT INTO entries VALUES (?, ?)');
  }

  run(): void {
    this.#insert.run(this.#n++, this.#payload);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
