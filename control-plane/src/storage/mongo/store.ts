import type { MongoClient } from 'mongodb';
import type { StoreContents } from '../../archive/contents.ts';
import type { RecordStore } from '../../identity/records.ts';
import { CodedError } from '../../kernel/errors.ts';
import type { CommitStore } from '../../log/store.ts';
import { attachment } from './attachments.ts';
import { clientOf, databaseOf, hostsOf } from './client.ts';
import { type Collections, collectionsOf } from './collections.ts';
import { append, head, read, taken } from './commits.ts';
import { storeContents } from './contents.ts';
import { asked, askedTwice, patiently, reasonOf } from './failure.ts';
import { recordStore } from './records.ts';
import { prepareDatabase } from './schema.ts';
import { mark, putMark, putSnapshot, snapshot } from './snapshots.ts';
import { streamsByTag } from './tags.ts';

export interface MongoStoreOptions {
  /** `mongodb://` or `mongodb+srv://`, with the database as its path. */
  readonly url: string;
}

/** The store for several servers: commits and identity records in one MongoDB database. */
export class MongoStore implements AsyncDisposable {
  readonly commits: CommitStore;
  readonly records: RecordStore;
  readonly contents: StoreContents;
  readonly #client: MongoClient;

  private constructor(client: MongoClient, collections: Collections) {
    this.#client = client;
    this.commits = commitStore(client, collections, () => this[Symbol.asyncDispose]());
    this.records = recordStore(collections);
    this.contents = storeContents(collections);
  }

  /**
   * Connects, checks that the database is ours, and makes its indexes. An outage later on is
   * STORE_UNAVAILABLE for as long as it lasts; the store then goes on by itself.
   *
   * @throws {CodedError} STORE_UNAVAILABLE when MongoDB does not answer, or the database is refused: its
   * message says which, and nothing was written.
   */
  static async open({ url }: MongoStoreOptions): Promise<MongoStore> {
    let client: MongoClient | undefined;
    try {
      client = clientOf(url);
      const db = databaseOf(client, url);
      await client.connect();
      await patiently(() => prepareDatabase(db));
      return new MongoStore(client, collectionsOf(db));
    } catch (error) {
      await client?.close().catch(() => undefined);
      if (error instanceof CodedError) throw error;
      const where = client ? hostsOf(client) : 'MONGODB_URL';
      throw new CodedError('STORE_UNAVAILABLE', {
        message: `The store at ${where} was not opened: ${reasonOf(error)}.`,
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}

function commitStore(client: MongoClient, all: Collections, close: () => Promise<void>): CommitStore {
  return {
    // Asked once: log/batch.ts asks again, and recognises its own commit.
    append: (commit, attachments = []) => asked(() => append(all, commit, attachments)),
    read: (stream, fromN, limit, maxBytes) => askedTwice(() => read(all, stream, fromN, limit, maxBytes)),
    taken: (places) => askedTwice(() => taken(all, places)),
    head: (stream) => askedTwice(() => head(all, stream)),
    streamsByTag: (tag, page) => askedTwice(() => streamsByTag(all, tag, page)),
    attachment: (scope, version, hash) => askedTwice(() => attachment(all, scope, version, hash)),
    snapshot: (stream) => askedTwice(() => snapshot(all, stream)),
    putSnapshot: (value) => askedTwice(() => putSnapshot(all, value)),
    eraseBelow: (stream, n) => askedTwice(() => eraseBelow(all, stream, n)),
    mark: (name) => askedTwice(() => mark(all, name)),
    putMark: (name, value) => askedTwice(() => putMark(all, name, value)),
    ready: () => answers(client),
    close,
  };
}

/** The snapshot goes first: without it a stream is folded from what its commits say. */
async function eraseBelow(all: Collections, stream: string, n: number): Promise<void> {
  await all.snapshots.deleteOne({ _id: stream });
  await all.attachments.deleteMany({ stream });
  await all.commits.deleteMany({ stream, n: { $lt: n } });
}

async function answers(client: MongoClient): Promise<boolean> {
  try {
    await client.db('admin').command({ ping: 1 });
    return true;
  } catch {
    return false;
  }
}
