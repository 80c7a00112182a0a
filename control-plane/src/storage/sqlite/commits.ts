import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { AppendResult, Attachment, Place, StoredCommit } from '../../log/store.ts';
import { attachmentWriter } from './attachments.ts';
import { tagWriter } from './tags.ts';

type Row = Record<string, SQLOutputValue>;

const COLUMNS = 'stream, n, id, at, tags, payload';

/** Operations that read commits. Every statement is run to its end: an open one would hold back checkpoints. */
export function commitReads(db: DatabaseSync) {
  const range = db.prepare(`SELECT ${COLUMNS} FROM commits WHERE stream = ? AND n >= ? ORDER BY n LIMIT ?`);
  const sizes = db.prepare(
    'SELECT octet_length(payload) AS size FROM commits WHERE stream = ? AND n >= ? ORDER BY n LIMIT ?',
  );
  const one = db.prepare('SELECT 1 FROM commits WHERE stream = ? AND n = ?');
  const newest = db.prepare(`SELECT ${COLUMNS} FROM commits WHERE stream = ? ORDER BY n DESC LIMIT 1`);
  return {
    read(stream: string, fromN: number, limit: number, maxBytes?: number): readonly StoredCommit[] {
      const count =
        maxBytes === undefined
          ? limit
          : countWithin(sizes.all(stream, fromN, limit) as { size: number }[], maxBytes);
      return range.all(stream, fromN, count).map(toCommit);
    },
    taken: (places: readonly Place[]): readonly Place[] =>
      places.filter(({ stream, n }) => one.get(stream, n) !== undefined),
    head(stream: string): StoredCommit | undefined {
      const row = newest.get(stream);
      return row && toCommit(row);
    },
  };
}

/** Operations that write commits; each is one savepoint of a batch. */
export function commitWrites(db: DatabaseSync) {
  const insert = db.prepare(
    `INSERT INTO commits (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const erase = db.prepare('DELETE FROM commits WHERE stream = ? AND n < ?');
  const eraseSnapshot = db.prepare('DELETE FROM snapshots WHERE stream = ?');
  const tags = tagWriter(db);
  const attachments = attachmentWriter(db);
  return {
    append(commit: StoredCommit, attached: readonly Attachment[]): AppendResult {
      const { stream, n, id, at, payload } = commit;
      const tagText = commit.tags.length > 0 ? JSON.stringify(commit.tags) : null;
      if (insert.run(stream, n, id, at, tagText, payload).changes === 0) return 'taken';
      for (const tag of commit.tags) tags.put(stream, tag, n, at);
      for (const attachment of attached) attachments.put(stream, attachment);
      return 'appended';
    },
    eraseBelow(stream: string, n: number): void {
      erase.run(stream, n);
      eraseSnapshot.run(stream);
      tags.eraseBelow(stream, n);
      attachments.erase(stream);
    },
  };
}

/** How many leading rows fit into `maxBytes`: at least one, so that a reader always gets on. */
function countWithin(rows: readonly { readonly size: number }[], maxBytes: number): number {
  let total = 0;
  let count = 0;
  for (const row of rows) {
    total += row.size;
    if (count > 0 && total > maxBytes) break;
    count += 1;
  }
  return count;
}

function toCommit(row: Row): StoredCommit {
  return {
    stream: row['stream'] as string,
    n: row['n'] as number,
    id: row['id'] as string,
    at: row['at'] as number,
    tags: row['tags'] === null ? [] : (JSON.parse(row['tags'] as string) as string[]),
    payload: row['payload'] as string,
  };
}
