import type { Collection, Db } from 'mongodb';

/** A commit. Its key is the document's, so that one insert is atomic on any server. */
export interface CommitDocument {
  /** `<stream>/<n>`. */
  readonly _id: string;
  readonly stream: string;
  readonly n: number;
  readonly id: string;
  readonly at: number;
  readonly tags: readonly string[];
  readonly payload: string;
}

/** A value that a commit refers to. Each writer has its own document, so that a loser takes back only its own. */
export interface AttachmentDocument {
  /** JSON of scope, version, hash and the id of the commit that brought it. */
  readonly _id: string;
  readonly stream: string;
  readonly scope: string;
  readonly version: number;
  readonly hash: string;
  readonly text: string;
}

export interface SnapshotDocument {
  /** The stream. */
  readonly _id: string;
  readonly n: number;
  readonly version: number;
  readonly text: string;
}

export interface MarkDocument {
  /** The mark's name. */
  readonly _id: string;
  readonly value: string;
}

export interface RecordDocument {
  /** JSON of kind and key. */
  readonly _id: string;
  readonly kind: string;
  readonly key: string;
  readonly owner: string | null;
  /** ms since the epoch, null for never. */
  readonly expiresAt: number | null;
  /** RFC 8785 text. */
  readonly value: string;
}

export interface Collections {
  readonly commits: Collection<CommitDocument>;
  readonly attachments: Collection<AttachmentDocument>;
  readonly snapshots: Collection<SnapshotDocument>;
  readonly marks: Collection<MarkDocument>;
  readonly records: Collection<RecordDocument>;
}

/** The collections of a database, none of them made by this. */
export function collectionsOf(db: Db): Collections {
  return {
    commits: db.collection('commits'),
    attachments: db.collection('attachments'),
    snapshots: db.collection('snapshots'),
    marks: db.collection('marks'),
    records: db.collection('records'),
  };
}

/**
 * Makes the indexes, where they are missing. Everything that is unique is so by `_id`.
 *
 * @throws errors of the driver
 */
export async function createIndexes({ commits, attachments, records }: Collections): Promise<void> {
  await commits.createIndexes([
    { key: { stream: 1, n: 1 }, name: 'stream_n' },
    { key: { tags: 1, at: -1, stream: 1 }, name: 'tags_newest' },
  ]);
  await attachments.createIndexes([
    { key: { scope: 1, version: 1, hash: 1 }, name: 'scope_version_hash' },
    { key: { stream: 1, scope: 1, version: 1, hash: 1 }, name: 'stream' },
  ]);
  await records.createIndexes([
    { key: { kind: 1, key: 1 }, name: 'kind_key' },
    { key: { kind: 1, owner: 1, key: 1 }, name: 'owner' },
    { key: { expiresAt: 1 }, name: 'expiry' },
  ]);
}
