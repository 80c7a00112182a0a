import type { TagCursor, TaggedStream } from '../../log/store.ts';
import type { Collections } from './collections.ts';

/** Index entries that travel at a time. */
const BATCH = 1_000;

/**
 * Streams under a tag, newest first. Reads the index from the newest commit on, a stream's older commits
 * among them: as much as was written under the tag since the end of the page. Lists of accounts have
 * few; of `work` there are as many as since the clean mark.
 */
export async function streamsByTag(
  { commits }: Collections,
  tag: string,
  page: { readonly since?: number; readonly after?: TagCursor; readonly limit: number },
): Promise<readonly TaggedStream[]> {
  const { since, after, limit } = page;
  const cursor = commits
    .find(
      { tags: tag, ...(since === undefined ? {} : { at: { $gte: since } }) },
      { projection: { _id: 0, stream: 1, at: 1 }, batchSize: BATCH },
    )
    .sort({ at: -1, stream: 1 });
  const seen = new Set<string>();
  const found: TaggedStream[] = [];
  try {
    for await (const { stream, at } of cursor) {
      // The first of a stream is its newest; those of pages before this one are passed by.
      if (seen.has(stream)) continue;
      seen.add(stream);
      if (!after || at < after.at || (at === after.at && stream > after.stream)) found.push({ stream, at });
      if (found.length === limit) break;
    }
  } finally {
    await cursor.close();
  }
  return found;
}
