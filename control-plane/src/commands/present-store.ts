import { access } from 'node:fs/promises';
import { ArchiveError } from '../archive/error.ts';
import { requireFilled } from '../archive/fill.ts';
import { openStore, type OpenStore } from '../assembly/store.ts';
import type { Config } from '../config/config.ts';
import { endOnFatal } from './command.ts';

/**
 * Opens a store in order to copy it. One that is not there is not made: a path with a mistake in it would
 * give a copy of nothing.
 *
 * @param databasePath of the embedded store, where no MongoDB is named
 * @throws {ArchiveError} where there is none, or one that holds a part of a restore
 */
export async function openPresentStore(
  config: Pick<Config, 'mongodbUrl'>,
  databasePath: string,
): Promise<OpenStore> {
  if (config.mongodbUrl === undefined) await requirePresent(databasePath);
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore(config, { databasePath }, endOnFatal));
  await requireFilled(store);
  stack.move();
  return store;
}

async function requirePresent(file: string): Promise<void> {
  try {
    await access(file);
  } catch (error) {
    throw new ArchiveError(`There is no store ${file}.`, { cause: error });
  }
}
