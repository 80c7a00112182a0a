import type { Summary } from './file.ts';
import type { Item } from './items.ts';
import { ArchiveError, Tally } from './lines.ts';
import { type Loaded, loadItems } from './load.ts';
import { type CopiedStore, FILLING_MARK, readStore } from './read.ts';

/**
 * Fills a store that holds nothing, or a part of the same from an earlier try, and reads it back.
 *
 * @param items what to fill it with, from the beginning at each call
 * @param summary what they come to
 * @param now ms since the epoch
 * @throws {ArchiveError} where the store holds something else, or does not hold the same afterwards
 */
export async function fillStore(
  store: CopiedStore,
  items: () => AsyncIterable<Item>,
  summary: Summary,
  now: number,
): Promise<Loaded> {
  await requireFree(store);
  const loaded = await loadItems(store, items(), true);
  const tally = new Tally();
  for await (const item of readStore(store, 0)) tally.add(item);
  const found = tally.end();
  if (found.sha256 === summary.sha256) return loaded;
  await store.commits.putMark(FILLING_MARK, `failed at ${new Date(now).toISOString()}`);
  throw new ArchiveError(
    `The store does not hold what the source does: ${JSON.stringify(found)} and ${JSON.stringify(summary)}.`,
  );
}

/** @throws {ArchiveError} for a store that is in use */
async function requireFree({ commits, contents }: CopiedStore): Promise<void> {
  const isFilling = Boolean(await commits.mark(FILLING_MARK));
  const [stream] = await contents.streams(undefined, 1);
  const [record] = await contents.records(undefined, 1);
  if (isFilling || (stream === undefined && record === undefined)) return;
  throw new ArchiveError('The store is not empty: a whole store is restored into an empty one only.');
}

/** @throws {ArchiveError} for a store that was filled in part only: it must not be served */
export async function requireFilled({ commits }: Pick<CopiedStore, 'commits'>): Promise<void> {
  if (!(await commits.mark(FILLING_MARK))) return;
  throw new ArchiveError('The store holds a part of a restore: run that again to its end.');
}
