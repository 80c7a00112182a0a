import type { DatabaseSync } from 'node:sqlite';
import type { TagCursor, TaggedStream } from '../../log/store.ts';

/** Lists streams under a tag. */
export function tagReads(db: DatabaseSync) {
  // `at <= ?` bounds the index scan; what follows it only breaks the tie.
  const page = db.prepare(
    `SELECT stream, at FROM tags
     WHERE tag = ? AND at >= ? AND at <= ? AND (at < ? OR stream > ?) ORDER BY at DESC, stream LIMIT ?`,
  );
  return {
    streamsByTag(
      tag: string,
      { since, after, limit }: { since?: number; after?: TagCursor; limit: number },
    ): readonly TaggedStream[] {
      const last = after ?? { at: Number.MAX_SAFE_INTEGER, stream: '' };
      const rows = page.all(tag, since ?? Number.MIN_SAFE_INTEGER, last.at, last.at, last.stream, limit);
      return rows.map((row) => ({ stream: row['stream'] as string, at: row['at'] as number }));
    },
  };
}

/** Keeps, for each stream and tag, the newest commit that carries it. */
export function tagWriter(db: DatabaseSync) {
  const put = db.prepare(
    `INSERT INTO tags (stream, tag, n, at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET n = excluded.n, at = excluded.at WHERE excluded.n > tags.n`,
  );
  const erase = db.prepare('DELETE FROM tags WHERE stream = ? AND n < ?');
  return {
    put: (stream: string, tag: string, n: number, at: number) => void put.run(stream, tag, n, at),
    eraseBelow: (stream: string, n: number) => void erase.run(stream, n),
  };
}
