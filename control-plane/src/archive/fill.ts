import { ArchiveError } from './error.ts';
import type { Item } from './items.ts';
import { type Loaded, loadItems } from './load.ts';
import { type CopiedStore, FILLING_MARK, OF_THE_STORE, readStore } from './read.ts';
import { type Summary, summaryOf } from './tally.ts';

const PAGE = 100;

/**
 * Fills a store that holds nothing, or a part of the same from an earlier try, and reads it back. Until
 * that is done the store is marked: no server starts on it.
 *
 * @param items what to fill it with, from the beginning at each call
 * @param summary what they come to
 * @throws {ArchiveError} where the store holds something else, or does not hold the same afterwards
 */
export async function fillStore(
  store: CopiedStore,
  items: () => AsyncIterable<Item>,
  summary: Summary,
): Promise<Loaded> {
  await requireFree(store);
  await store.commits.putMark(FILLING_MARK, 'yes');
  const loaded = await loadItems(store, items());
  const found = await summaryOf(readStore(store, 0));
  if (found.sha256 !== summary.sha256) {
    throw new ArchiveError(
      `The store does not hold what the source does: ${JSON.stringify(found)} and ${JSON.stringify(summary)}. Somebody else wrote to one of them, or it was filled from two sources: begin again with an empty store.`,
    );
  }
  await store.commits.putMark(FILLING_MARK, '');
  return loaded;
}

/** @throws {ArchiveError} for a store that is in use */
async function requireFree({ commits, contents }: CopiedStore): Promise<void> {
  if (await commits.mark(FILLING_MARK)) return;
  const [stream] = await contents.streams(undefined, 1);
  const kind = await firstKind(contents);
  if (stream === undefined && kind === undefined) return;
  const held = stream === undefined ? `a record of kind "${kind}"` : `the channel ${stream}`;
  throw new ArchiveError(
    `The store is not empty: it holds ${held}, for one. A whole store is filled while it is empty only.`,
  );
}

/** The kind of a record that was not made by a server for itself. */
async function firstKind(contents: CopiedStore['contents']): Promise<string | undefined> {
  for (let after: { kind: string; key: string } | undefined; ; ) {
    const page = await contents.records(after, PAGE);
    const found = page.find(({ kind }) => !OF_THE_STORE.has(kind));
    if (found || page.length < PAGE) return found?.kind;
    after = page.at(-1);
  }
}

/** @throws {ArchiveError} for a store that was filled in part only: it must not be served, nor copied */
export async function requireFilled({ commits }: Pick<CopiedStore, 'commits'>): Promise<void> {
  if (!(await commits.mark(FILLING_MARK))) return;
  throw new ArchiveError('The store holds a part of a restore: run that again to its end.');
}
