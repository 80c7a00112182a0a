import type { DatabaseSync } from 'node:sqlite';
import type { Attachment } from '../../log/store.ts';

export function attachmentReads(db: DatabaseSync) {
  const get = db.prepare('SELECT text FROM attachments WHERE scope = ? AND version = ? AND hash = ?');
  return {
    attachment: (scope: string, version: number, hash: string) =>
      get.get(scope, version, hash)?.['text'] as string | undefined,
  };
}

/** The part of an append that stores attachments; the commit's stream is kept so that it can take them with it. */
export function attachmentWriter(db: DatabaseSync) {
  // The key holds the text's hash, so a row that is there already is the same one.
  const put = db.prepare(
    'INSERT INTO attachments (scope, version, hash, stream, text) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const prune = db.prepare('DELETE FROM attachments WHERE scope = ? AND version < ?');
  const erase = db.prepare('DELETE FROM attachments WHERE stream = ?');
  return {
    put: (stream: string, { scope, version, hash, text, forget_below }: Attachment) => {
      put.run(scope, version, hash, stream, text);
      if (forget_below !== undefined) prune.run(scope, forget_below);
    },
    erase: (stream: string) => void erase.run(stream),
  };
}
