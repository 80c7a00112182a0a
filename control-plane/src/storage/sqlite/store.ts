import type { StoreContents } from '../../archive/contents.ts';
import type { RecordStore } from '../../identity/records.ts';
import { CodedError } from '../../kernel/errors.ts';
import type { CommitStore } from '../../log/store.ts';
import { claimFile } from './claim.ts';
import { Connection } from './connection.ts';
import { messageOf } from './failure.ts';
import { checkHeader, checkWal } from './header.ts';
import type { Pragma } from './pragmas.ts';
import { refused } from './refusal.ts';

/** How long the owner of the file before us may take to let go of it, ms. */
const LOCK_WAIT_MS = 2_000;

export interface SqliteStoreOptions {
  /** The database file; made when it is missing, with its directory. */
  readonly path: string;
  /** Called once when the store cannot go on (I/O error, failed COMMIT): log it and end the process. */
  readonly onFatal: (error: Error) => void;
  /** How long to wait for another owner of the file to let go, ms. */
  readonly lockWaitMs?: number;
  /** Only for tests: settings beside or instead of ours. */
  readonly testPragmas?: readonly Pragma[];
}

/** The embedded store: commits and identity records in one SQLite file, owned by a worker thread. */
export class SqliteStore implements AsyncDisposable {
  readonly commits: CommitStore;
  readonly records: RecordStore;
  readonly contents: StoreContents;
  readonly #connection: Connection;
  readonly #release: () => void;

  private constructor(connection: Connection, release: () => void) {
    this.#connection = connection;
    this.#release = release;
    this.commits = commitStore(connection, () => this[Symbol.asyncDispose]());
    this.records = recordStore(connection);
    this.contents = storeContents(connection);
  }

  /**
   * Opens the file, or makes it.
   *
   * @throws {CodedError} STORE_UNAVAILABLE when the file is held by another process, is damaged, is not
   * ours or of a newer schema; its message says which, and nothing was written to it.
   */
  static async open(options: SqliteStoreOptions): Promise<SqliteStore> {
    const { path, onFatal, lockWaitMs = LOCK_WAIT_MS, testPragmas = [] } = options;
    let release = () => {};
    try {
      release = claimFile(path);
      checkHeader(path);
      checkWal(path);
      return new SqliteStore(await Connection.start({ path, lockWaitMs, testPragmas }, onFatal), release);
    } catch (error) {
      release();
      throw error instanceof CodedError ? error : refused(path, messageOf(error), error);
    }
  }

  /** Finishes what was asked, moves the WAL into the file, and lets go of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
    this.#release();
  }
}

function commitStore(connection: Connection, close: () => Promise<void>): CommitStore {
  return {
    append: (commit, attachments = []) => connection.call('append', commit, attachments),
    read: (stream, fromN, limit, maxBytes) => connection.call('read', stream, fromN, limit, maxBytes),
    taken: (places) => connection.call('taken', places),
    head: (stream) => connection.call('head', stream),
    streamsByTag: (tag, page) => connection.call('streamsByTag', tag, page),
    attachment: (scope, version, hash) => connection.call('attachment', scope, version, hash),
    snapshot: (stream) => connection.call('snapshot', stream),
    putSnapshot: (snapshot) => connection.call('putSnapshot', snapshot),
    eraseBelow: (stream, n) => connection.call('eraseBelow', stream, n),
    mark: (name) => connection.call('mark', name),
    putMark: (name, value) => connection.call('putMark', name, value),
    ready: () => connection.call('ready').catch(() => false),
    close,
  };
}

function recordStore(connection: Connection): RecordStore {
  return {
    insert: (record, now) => connection.call('insert', record, now),
    get: (kind, key, now) => connection.call('get', kind, key, now),
    take: (kind, key, now) => connection.call('take', kind, key, now),
    replace: (expected, next) => connection.call('replace', expected, next),
    listByOwner: (kind, owner, now) => connection.call('listByOwner', kind, owner, now),
    removeByOwner: (kind, owner) => connection.call('removeByOwner', kind, owner),
    sweep: (now, limit) => connection.call('sweep', now, limit),
  };
}

function storeContents(connection: Connection): StoreContents {
  return {
    streams: (after, limit) => connection.call('contentStreams', after, limit),
    attachments: (stream, after, limit) => connection.call('contentAttachments', stream, after, limit),
    putAttachments: (stream, attachments) => connection.call('contentPutAttachments', stream, attachments),
    marks: () => connection.call('contentMarks'),
    records: (after, limit) => connection.call('contentRecords', after, limit),
  };
}
