import { SqliteStore, type SqliteStoreOptions } from '../../control-plane/src/storage/sqlite/store.ts';
import { tempDir } from './temp-dir.ts';

/** Opens a store that fails the test loudly where it cannot go on. */
export function openSqlite(path: string, options: Partial<SqliteStoreOptions> = {}): Promise<SqliteStore> {
  return SqliteStore.open({
    path,
    lockWaitMs: 50,
    onFatal: (error) => {
      throw error;
    },
    ...options,
  });
}

/** An empty SQLite store in a directory of its own, gone when it is disposed of. */
export async function freshSqlite(): Promise<
  Pick<SqliteStore, 'commits' | 'records' | 'contents'> & AsyncDisposable
> {
  await using held = new AsyncDisposableStack();
  const dir = held.use(await tempDir());
  const { commits, records, contents } = held.use(await openSqlite(dir.file('store.db')));
  const kept = held.move();
  return { commits, records, contents, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
