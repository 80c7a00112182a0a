import type { RecordStore } from '../identity/records.ts';
import type { CommitStore } from '../log/store.ts';
import type { RecordKey, StoreContents } from './contents.ts';
import type { Item } from './items.ts';
import { findPrefix } from './stream-prefix.ts';

const PAGE = 200;
const PAGE_BYTES = 4 * 1024 * 1024;

/** Records that tell of servers at work: they mean nothing elsewhere. */
const OF_THE_MOMENT: ReadonlySet<string> = new Set(['server', 'lease']);

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
    for (const stream of page) yield* readStream(store, stream);
    after = page.at(-1);
    if (page.length < PAGE) break;
  }
  for (let after: RecordKey | undefined; ; ) {
    const page = await store.contents.records(after, PAGE);
    for (const record of page) {
      const expired = record.expiresAt !== undefined && record.expiresAt <= now;
      if (!expired && !OF_THE_MOMENT.has(record.kind)) yield { type: 'record', record };
    }
    after = page.at(-1);
    if (page.length < PAGE) break;
  }
}

/** One stream, its attachments first. */
export async function* readStream({ commits, contents }: CopiedStore, stream: string): AsyncGenerator<Item> {
  const prefix = await findPrefix(commits, contents, stream);
  if (!prefix) return;
  yield { type: 'stream', stream, attachments: prefix.attachments };
  for (let n = 0; n <= prefix.last; ) {
    const page = await commits.read(stream, n, Math.min(PAGE, prefix.last - n + 1), PAGE_BYTES);
    for (const commit of page) if (commit.n <= prefix.last) yield { type: 'commit', commit };
    n = (page.at(-1)?.n ?? prefix.last) + 1;
  }
}
