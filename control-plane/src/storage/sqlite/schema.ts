import type { DatabaseSync } from 'node:sqlite';

/** `MCPm`: marks a database file as one of ours (PRAGMA application_id). */
export const APPLICATION_ID = 0x4d43506d;

/** PRAGMA user_version. A change to TABLES needs the next number, and a step in migrations.ts. */
export const SCHEMA_VERSION = 2;

/*
 * commits keeps its rowid: a row is written to the end of one tree and its key to another, which costs
 * less than rows of 1 KB and more inside the key's own tree (WITHOUT ROWID moves those to overflow pages).
 * tags holds the newest commit of a stream under a tag only: lists need no more, and stay one range scan.
 */
const TABLES = `
  CREATE TABLE commits (
    stream TEXT NOT NULL, n INTEGER NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL,
    tags TEXT, payload TEXT NOT NULL,
    PRIMARY KEY (stream, n)
  ) STRICT;

  CREATE TABLE tags (
    stream TEXT NOT NULL, tag TEXT NOT NULL, n INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (stream, tag)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tags_newest ON tags (tag, at DESC, stream);

  CREATE TABLE attachments (
    scope TEXT NOT NULL, version INTEGER NOT NULL, hash TEXT NOT NULL,
    stream TEXT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (scope, version, hash)
  ) STRICT;
  CREATE INDEX attachments_stream ON attachments (stream, scope, version, hash);

  CREATE TABLE snapshots (
    stream TEXT PRIMARY KEY, n INTEGER NOT NULL, version INTEGER NOT NULL, text TEXT NOT NULL
  ) STRICT;

  CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  CREATE TABLE records (
    kind TEXT NOT NULL, key TEXT NOT NULL, owner TEXT, expires_at INTEGER, value TEXT NOT NULL,
    PRIMARY KEY (kind, key)
  ) STRICT;
  CREATE INDEX records_owner ON records (kind, owner) WHERE owner IS NOT NULL;
  CREATE INDEX records_expiry ON records (expires_at) WHERE expires_at IS NOT NULL;
`;

/**
 * Makes the tables in an empty database, all or nothing. To be called before the switch to WAL, so that
 * the file's own header carries the application id and version from the first byte on.
 */
export function createSchema(db: DatabaseSync): void {
  db.exec(`BEGIN IMMEDIATE; PRAGMA application_id = ${APPLICATION_ID}; ${TABLES}
    PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
}
