import type { StoreContents } from '../archive/contents.ts';
import type { Config } from '../config/config.ts';
import type { RecordStore } from '../identity/records.ts';
import type { CommitStore } from '../log/store.ts';
import type { ServerFiles } from '../server-files.ts';
import { SqliteStore } from '../storage/sqlite/store.ts';

/** The store that the settings name. */
export interface OpenStore extends AsyncDisposable {
  readonly commits: CommitStore;
  readonly records: RecordStore;
  readonly contents: StoreContents;
  /** True where other servers may write to it too. */
  readonly shared: boolean;
}

/**
 * Opens MongoDB where MONGODB_URL is set, else the embedded store.
 *
 * @param onFatal told once when the store cannot go on: the process must end
 * @throws STORE_UNAVAILABLE with the reason
 */
export async function openStore(
  config: Pick<Config, 'mongodbUrl'>,
  files: Pick<ServerFiles, 'databasePath'>,
  onFatal: (error: Error) => void,
): Promise<OpenStore> {
  const { mongodbUrl } = config;
  const shared = mongodbUrl !== undefined;
  const store = shared
    ? await openMongo(mongodbUrl)
    : await SqliteStore.open({ path: files.databasePath, onFatal });
  const { commits, records, contents } = store;
  return { commits, records, contents, shared, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

/** The driver is loaded where it is used only. */
async function openMongo(url: string) {
  const { MongoStore } = await import('../storage/mongo/store.ts');
  return MongoStore.open({ url });
}
