import { DIRECTORY } from '../agents/directory/state.ts';
import type { RecordStore } from '../identity/records.ts';
import type { CommitStore } from '../log/store.ts';
import type { RecordKey, StoreContents } from './contents.ts';
import type { Item } from './items.ts';
import { readAttachments } from './attachments.ts';

const PAGE = 200;
const PAGE_BYTES = 1024 * 1024;

/** Kinds of records that tell of one store and the servers at work on it: they mean nothing in another. */
export const OF_THE_STORE: ReadonlySet<string> = new Set(['server', 'lease', 'store']);

/** Set while a store is being filled: it must not be used before it is whole. */
export const FILLING_MARK = 'filling';

/** A store, as what copies it sees it. */
export interface CopiedStore {
  readonly commits: CommitStore;
  readonly records: RecordStore;
  readonly contents: StoreContents;
}

/**
 * Everything in a store that may be in use meanwhile, in pages: of each stream a prefix that stands for
 * itself. Snapshots are left out, as are expired records.
 *
 * @param now ms since the epoch
 * @throws STORE_UNAVAILABLE
 */
export async function* readStore(store: CopiedStore, now: number): AsyncGenerator<Item> {
  for (const mark of await store.contents.marks()) {
    if (mark.name !== FILLING_MARK) yield { type: 'mark', ...mark };
  }
  for (let after: string | undefined; ; ) {
    const page = await store.contents.streams(after, PAGE);
    for (const stream of page) if (stream !== DIRECTORY) yield* readStream(store, stream);
    after = page.at(-1);
    if (page.length < PAGE) break;
  }
  // Inboxes tell of broadcasts: what they tell of is there by now.
  if (await store.commits.head(DIRECTORY)) yield* readStream(store, DIRECTORY);
  for (let after: RecordKey | undefined; ; ) {
    const page = await store.contents.records(after, PAGE);
    for (const record of page) {
      const expired = record.expiresAt !== undefined && record.expiresAt <= now;
      if (!expired && !OF_THE_STORE.has(record.kind)) yield { type: 'record', record };
    }
    after = page.at(-1);
    if (page.length < PAGE) break;
  }
}

/**
 * One stream, its attachments first. Of one that is erased meanwhile the end is what is left, which says
 * that it was.
 *
 * @throws STORE_UNAVAILABLE
 */
export async function* readStream({ commits, contents }: CopiedStore, stream: string): AsyncGenerator<Item> {
  yield { type: 'stream', stream };
  const attachments = readAttachments(commits, contents, stream);
  let read = await attachments.next();
  for (; !read.done; read = await attachments.next()) yield { type: 'attachment', attachment: read.value };
  let last = read.value ?? -1;
  for (let n = 0; n <= last; ) {
    const page = await commits.read(stream, n, Math.min(PAGE, last - n + 1), PAGE_BYTES);
    const [first] = page;
    if (!first) return;
    if (first.n > n) last = Number.POSITIVE_INFINITY;
    for (const commit of page) yield { type: 'commit', commit };
    n = (page.at(-1)?.n ?? n) + 1;
  }
}
