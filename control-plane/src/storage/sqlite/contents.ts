import type { DatabaseSync } from 'node:sqlite';
import type { AttachmentKey, HeldAttachment, RecordKey } from '../../archive/contents.ts';
import type { IdentityRecord } from '../../identity/records.ts';
import { attachmentWriter } from './attachments.ts';
import { RECORD_COLUMNS, toRecord } from './records.ts';

/** Text of attachments that a page holds. */
const PAGE_BYTES = 4 * 1024 * 1024;

/** Everything in the file, page by page. Comparisons of text are by its UTF-8 bytes. */
export function contentsReads(db: DatabaseSync) {
  const next = db.prepare('SELECT stream FROM commits WHERE stream > ? ORDER BY stream LIMIT 1');
  const keys = db.prepare(
    `SELECT scope, version, hash, octet_length(text) AS size FROM attachments
     WHERE stream = ? AND (scope, version, hash) > (?, ?, ?) ORDER BY scope, version, hash LIMIT ?`,
  );
  const text = db.prepare('SELECT text FROM attachments WHERE scope = ? AND version = ? AND hash = ?');
  const marks = db.prepare('SELECT name, value FROM marks ORDER BY name');
  const records = db.prepare(
    `SELECT ${RECORD_COLUMNS} FROM records WHERE (kind, key) > (?, ?) ORDER BY kind, key LIMIT ?`,
  );
  return {
    /** From one name to the next by the index: a stream's own commits are passed by. */
    contentStreams(after: string | undefined, limit: number): readonly string[] {
      const names: string[] = [];
      for (let last = after ?? ''; names.length < limit; ) {
        const row = next.get(last);
        if (!row) break;
        last = row['stream'] as string;
        names.push(last);
      }
      return names;
    },
    contentAttachments(
      stream: string,
      after: AttachmentKey | undefined,
      limit: number,
    ): readonly HeldAttachment[] {
      const { scope, version, hash } = after ?? { scope: '', version: -1, hash: '' };
      const page: HeldAttachment[] = [];
      let bytes = 0;
      for (const row of keys.all(stream, scope, version, hash, limit)) {
        bytes += row['size'] as number;
        if (page.length > 0 && bytes > PAGE_BYTES) break;
        const key = {
          scope: row['scope'] as string,
          version: row['version'] as number,
          hash: row['hash'] as string,
        };
        page.push({ ...key, text: text.get(key.scope, key.version, key.hash)?.['text'] as string });
      }
      return page;
    },
    contentMarks: () =>
      marks.all().map((row) => ({ name: row['name'] as string, value: row['value'] as string })),
    contentRecords: (after: RecordKey | undefined, limit: number): readonly IdentityRecord[] =>
      records.all(after?.kind ?? '', after?.key ?? '', limit).map(toRecord),
  };
}

export function contentsWrites(db: DatabaseSync) {
  const { put } = attachmentWriter(db);
  return {
    contentPutAttachments(stream: string, attachments: readonly HeldAttachment[]): void {
      for (const attachment of attachments) put(stream, attachment);
    },
  };
}
