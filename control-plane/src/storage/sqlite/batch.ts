import type { DatabaseSync } from 'node:sqlite';
import { FatalFailure, isFatal, primaryCode, SQLITE, toFailure } from './failure.ts';
import type { Answer, Request } from './messages.ts';
import type { Operations } from './operations.ts';

/** Answers of a batch; `fatal` when the store cannot go on after it. */
export interface BatchResult {
  readonly answers: readonly Answer[];
  readonly fatal?: string;
}

type Run = (...args: readonly unknown[]) => unknown;

/** Runs requests against one connection. */
export class BatchRunner {
  readonly #db: DatabaseSync;
  readonly #reads: ReadonlyMap<string, Run>;
  readonly #writes: ReadonlyMap<string, Run>;
  readonly #statement: Readonly<Record<'begin' | 'commit' | 'savepoint' | 'release', () => void>>;

  constructor(db: DatabaseSync, operations: Operations) {
    this.#db = db;
    this.#reads = new Map(Object.entries(operations.reads) as [string, Run][]);
    this.#writes = new Map(Object.entries(operations.writes) as [string, Run][]);
    const prepared = (sql: string) => {
      const statement = db.prepare(sql);
      return () => void statement.run();
    };
    this.#statement = {
      begin: prepared('BEGIN IMMEDIATE'),
      commit: prepared('COMMIT'),
      savepoint: prepared('SAVEPOINT one'),
      release: prepared('RELEASE one'),
    };
  }

  isRead(request: Request): boolean {
    return this.#reads.has(request[1]);
  }

  /** Runs reads outside of any transaction of ours: they see what is committed, nothing else. */
  read(requests: readonly Request[]): BatchResult {
    const answers: Answer[] = [];
    for (const [id, name, args] of requests) {
      try {
        answers.push([id, this.#reads.get(name)?.(...args)]);
      } catch (error) {
        answers.push([id, undefined, toFailure(error)]);
        if (isFatal(error))
          return { answers: [...answers, ...rest(requests, answers, error)], fatal: String(error) };
      }
    }
    return { answers };
  }

  /**
   * Runs writes in one transaction, each under a savepoint, so that one that fails leaves the others
   * alone. Where the transaction does not get to its end, every request of it has failed.
   */
  write(requests: readonly Request[]): BatchResult {
    if (requests.length === 0) return { answers: [] };
    try {
      this.#statement.begin();
      const answers = this.#writeEach(requests);
      this.#commit();
      return { answers };
    } catch (error) {
      const lost = this.#undo(error);
      const answers = rest(requests, [], lost);
      return isFatal(lost) ? { answers, fatal: String(lost) } : { answers };
    }
  }

  #writeEach(requests: readonly Request[]): readonly Answer[] {
    const [only] = requests;
    // One alone needs no savepoint: its failure is the whole transaction's.
    if (only && requests.length === 1) return [[only[0], this.#run(only)]];
    return requests.map((request) => this.#writeOne(request));
  }

  #run([, name, args]: Request): unknown {
    return this.#writes.get(name)?.(...args);
  }

  #writeOne(request: Request): Answer {
    const [id] = request;
    this.#statement.savepoint();
    try {
      const value = this.#run(request);
      this.#statement.release();
      return [id, value];
    } catch (error) {
      // SQLite may have rolled the whole transaction back by itself (https://www.sqlite.org/lang_transaction.html).
      if (isFatal(error) || !this.#db.isTransaction) throw error;
      this.#db.exec('ROLLBACK TO one; RELEASE one');
      return [id, undefined, toFailure(error)];
    }
  }

  #commit(): void {
    if (!this.#db.isTransaction) throw new FatalFailure('The transaction ended before its COMMIT.');
    try {
      this.#statement.commit();
    } catch (error) {
      // A full disk refuses the WAL's frames before the one that commits: nothing of it can come back.
      if (primaryCode(error) === SQLITE.full) throw error;
      throw new FatalFailure(`COMMIT failed: ${String(error)}`, { cause: error });
    }
  }

  /** Ends what is left of a failed transaction; the error to tell, which may have become a fatal one. */
  #undo(error: unknown): unknown {
    if (!this.#db.isTransaction) return error;
    try {
      this.#db.exec('ROLLBACK');
      return error;
    } catch (second) {
      return new FatalFailure(`ROLLBACK failed: ${String(second)}`, { cause: error });
    }
  }
}

/** The same failure for every request that has no answer yet. */
function rest(requests: readonly Request[], answered: readonly Answer[], error: unknown): Answer[] {
  const failure = toFailure(error);
  return requests.slice(answered.length).map(([id]) => [id, undefined, failure]);
}
