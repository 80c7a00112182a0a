import type { IdentityRecord, RecordStore } from '../../identity/records.ts';
import { canonicalJson } from '../../kernel/json/canonical.ts';
import type { JsonObject } from '../../kernel/json/value.ts';
import type { Collections, RecordDocument } from './collections.ts';
import { asked, askedTwice, isDuplicate } from './failure.ts';

type Records = Collections['records'];

/** Identity records in one collection. */
export function recordStore({ records }: Collections): RecordStore {
  return {
    insert: (record, now) => askedTwice((again) => insert(records, record, now, again)),
    get: (kind, key, now) => askedTwice(() => get(records, kind, key, now)),
    // Asked once: of an answer that was lost, nobody can tell who got the record.
    take: (kind, key, now) => asked(() => take(records, kind, key, now)),
    replace: (expected, next) => askedTwice((again) => replace(records, expected, next, again)),
    listByOwner: (kind, owner, now) => askedTwice(() => listByOwner(records, kind, owner, now)),
    removeByOwner: (kind, owner) =>
      asked(async () => (await records.deleteMany({ kind, owner })).deletedCount),
    sweep: (now, limit) => askedTwice(() => sweep(records, now, limit)),
  };
}

async function insert(
  records: Records,
  record: IdentityRecord,
  now: number,
  again: boolean,
): Promise<boolean> {
  const { _id, ...fields } = toDocument(record);
  try {
    await records.insertOne({ _id, ...fields });
    return true;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
  const { matchedCount } = await records.updateOne({ _id, expiresAt: { $lte: now } }, { $set: fields });
  return matchedCount === 1 || (again && (await holds(records, record)));
}

async function get(
  records: Records,
  kind: string,
  key: string,
  now: number,
): Promise<IdentityRecord | undefined> {
  // By its key alone: no question is quicker.
  const found = await records.findOne({ _id: idOf(kind, key) });
  return found && isLive(found, now) ? toRecord(found) : undefined;
}

async function take(
  records: Records,
  kind: string,
  key: string,
  now: number,
): Promise<IdentityRecord | undefined> {
  const live = [{ expiresAt: null }, { expiresAt: { $gt: now } }];
  const found = await records.findOneAndDelete({ _id: idOf(kind, key), $or: live });
  return found ? toRecord(found) : undefined;
}

async function replace(
  records: Records,
  { kind, key, value }: IdentityRecord,
  next: IdentityRecord,
  again: boolean,
): Promise<boolean> {
  if (next.kind !== kind || next.key !== key) throw new TypeError('A record keeps its kind and key.');
  const { _id, ...fields } = toDocument(next);
  const { matchedCount } = await records.updateOne({ _id, value: canonicalJson(value) }, { $set: fields });
  return matchedCount === 1 || (again && (await holds(records, next)));
}

/** True when the store holds just this: it was written, and the answer was lost. */
async function holds(records: Records, record: IdentityRecord): Promise<boolean> {
  const { _id, value, owner, expiresAt } = toDocument(record);
  const held = await records.findOne({ _id });
  return held?.value === value && held.owner === owner && held.expiresAt === expiresAt;
}

async function listByOwner(
  records: Records,
  kind: string,
  owner: string,
  now: number,
): Promise<readonly IdentityRecord[]> {
  const found = await records.find({ kind, owner }).sort({ key: 1 }).toArray();
  return found.filter((document) => isLive(document, now)).map(toRecord);
}

/** FerretDB has no indexes that let documents expire, so nothing leans on those of MongoDB. */
async function sweep(records: Records, now: number, limit: number): Promise<number> {
  const due = await records
    .find({ expiresAt: { $lte: now } }, { projection: { _id: 1 } })
    .limit(limit)
    .toArray();
  if (due.length === 0) return 0;
  const ids = due.map(({ _id }) => _id);
  // One that was inserted anew meanwhile stays.
  return (await records.deleteMany({ _id: { $in: ids }, expiresAt: { $lte: now } })).deletedCount;
}

function idOf(kind: string, key: string): string {
  return JSON.stringify([kind, key]);
}

function isLive({ expiresAt }: RecordDocument, now: number): boolean {
  return expiresAt === null || expiresAt > now;
}

function toDocument({ kind, key, owner, expiresAt, value }: IdentityRecord): RecordDocument {
  return {
    _id: idOf(kind, key),
    kind,
    key,
    owner: owner ?? null,
    expiresAt: expiresAt ?? null,
    value: canonicalJson(value),
  };
}

export function toRecord({ kind, key, owner, expiresAt, value }: RecordDocument): IdentityRecord {
  return {
    kind,
    key,
    value: JSON.parse(value) as JsonObject,
    ...(owner === null ? {} : { owner }),
    ...(expiresAt === null ? {} : { expiresAt }),
  };
}
