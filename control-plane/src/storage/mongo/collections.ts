import { type Collection, type Db, type IndexDescription, MongoServerError } from 'mongodb';

/** Error code for a collection that is not there yet. */
const NAMESPACE_NOT_FOUND = 26;

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

const INDEXES = {
  commits: [
    { key: { stream: 1, n: 1 }, name: 'stream_n' },
    { key: { tags: 1, at: -1, stream: 1 }, name: 'tags_newest' },
  ],
  attachments: [
    { key: { scope: 1, version: 1, hash: 1 }, name: 'scope_version_hash' },
    { key: { stream: 1, scope: 1, version: 1, hash: 1 }, name: 'stream' },
  ],
  records: [
    { key: { kind: 1, key: 1 }, name: 'kind_key' },
    { key: { kind: 1, owner: 1, key: 1 }, name: 'owner' },
    { key: { expiresAt: 1 }, name: 'expiry' },
  ],
} as const satisfies { readonly [name in keyof Collections]?: readonly IndexDescription[] };

/**
 * Makes the indexes that are missing. Everything that is unique is so by `_id`.
 *
 * @throws errors of the driver
 */
export async function createIndexes(db: Db): Promise<void> {
  for (const [name, indexes] of Object.entries(INDEXES)) {
    const collection = db.collection(name);
    const present = new Set(await indexNames(collection));
    // FerretDB 1.24 falls over those that are there.
    const missing = indexes.filter((index) => !present.has(index.name));
    if (missing.length > 0) await collection.createIndexes([...missing]);
  }
}

async function indexNames(collection: Collection): Promise<readonly (string | undefined)[]> {
  try {
    return (await collection.indexes()).map(({ name }) => name);
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND) return [];
    throw error;
  }
}
