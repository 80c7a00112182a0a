import type { DatabaseSync } from 'node:sqlite';
import type { Snapshot } from '../../log/store.ts';

/** Snapshots and marks: one value under one name, replaced as a whole. */
export function snapshotReads(db: DatabaseSync) {
  const snapshot = db.prepare('SELECT stream, n, version, text FROM snapshots WHERE stream = ?');
  const mark = db.prepare('SELECT value FROM marks WHERE name = ?');
  return {
    snapshot(stream: string): Snapshot | undefined {
      const row = snapshot.get(stream);
      if (!row) return undefined;
      const { n, version, text } = row;
      return { stream, n: n as number, version: version as number, text: text as string };
    },
    mark: (name: string) => mark.get(name)?.['value'] as string | undefined,
    /** True once the database has answered. */
    ready: () => mark.get('') === undefined || true,
  };
}

export function snapshotWrites(db: DatabaseSync) {
  const putSnapshot = db.prepare('REPLACE INTO snapshots (stream, n, version, text) VALUES (?, ?, ?, ?)');
  const putMark = db.prepare('REPLACE INTO marks (name, value) VALUES (?, ?)');
  return {
    putSnapshot: ({ stream, n, version, text }: Snapshot): void =>
      void putSnapshot.run(stream, n, version, text),
    putMark: (name: string, value: string): void => void putMark.run(name, value),
  };
}
