import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { IdentityRecord } from '../../identity/records.ts';
import { canonicalJson } from '../../kernel/json/canonical.ts';
import type { JsonObject } from '../../kernel/json/value.ts';

export const RECORD_COLUMNS = 'kind, key, owner, expires_at, value';
const LIVE = '(expires_at IS NULL OR expires_at > ?)';

export function recordReads(db: DatabaseSync) {
  const get = db.prepare(`SELECT ${RECORD_COLUMNS} FROM records WHERE kind = ? AND key = ? AND ${LIVE}`);
  const owned = db.prepare(
    `SELECT ${RECORD_COLUMNS} FROM records WHERE kind = ? AND owner = ? AND ${LIVE} ORDER BY key`,
  );
  return {
    get(kind: string, key: string, now: number): IdentityRecord | undefined {
      const row = get.get(kind, key, now);
      return row && toRecord(row);
    },
    listByOwner: (kind: string, owner: string, now: number): readonly IdentityRecord[] =>
      owned.all(kind, owner, now).map(toRecord),
  };
}

export function recordWrites(db: DatabaseSync) {
  const insert = db.prepare(
    `INSERT INTO records (${RECORD_COLUMNS}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (kind, key)
     DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at, value = excluded.value
     WHERE records.expires_at <= ?`,
  );
  const take = db.prepare(
    `DELETE FROM records WHERE kind = ? AND key = ? AND ${LIVE} RETURNING ${RECORD_COLUMNS}`,
  );
  const replace = db.prepare(
    'UPDATE records SET owner = ?, expires_at = ?, value = ? WHERE kind = ? AND key = ? AND value = ?',
  );
  const removeOwned = db.prepare('DELETE FROM records WHERE kind = ? AND owner = ?');
  const sweep = db.prepare(
    'DELETE FROM records WHERE rowid IN (SELECT rowid FROM records WHERE expires_at <= ? LIMIT ?)',
  );
  return {
    insert({ kind, key, owner, expiresAt, value }: IdentityRecord, now: number): boolean {
      return insert.run(kind, key, owner ?? null, expiresAt ?? null, canonicalJson(value), now).changes === 1;
    },
    take(kind: string, key: string, now: number): IdentityRecord | undefined {
      const [row] = take.all(kind, key, now);
      return row && toRecord(row);
    },
    replace({ kind, key, value }: IdentityRecord, next: IdentityRecord): boolean {
      if (next.kind !== kind || next.key !== key) throw new TypeError('A record keeps its kind and key.');
      const { owner = null, expiresAt = null } = next;
      const text = canonicalJson(next.value);
      return replace.run(owner, expiresAt, text, kind, key, canonicalJson(value)).changes === 1;
    },
    removeByOwner: (kind: string, owner: string) => Number(removeOwned.run(kind, owner).changes),
    sweep: (now: number, limit: number) => Number(sweep.run(now, limit).changes),
  };
}

export function toRecord(row: Record<string, SQLOutputValue>): IdentityRecord {
  const { kind, key, owner, expires_at: expiresAt, value } = row;
  return {
    kind: kind as string,
    key: key as string,
    value: JSON.parse(value as string) as JsonObject,
    ...(owner === null ? {} : { owner: owner as string }),
    ...(expiresAt === null ? {} : { expiresAt: expiresAt as number }),
  };
}
