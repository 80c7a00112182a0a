/** A commit as a store holds it: indexed scalars and one opaque text. */
export interface StoredCommit {
  readonly stream: string;
  readonly n: number;
  readonly id: string;
  readonly at: number;
  readonly tags: readonly string[];
  /** RFC 8785 text of the whole commit. No adapter looks inside. */
  readonly payload: string;
}

/** A bot state that a commit refers to by hash; durable no later than that commit. */
export interface Attachment {
  /** Whose value it is: starts with `<stream>/`. */
  readonly scope: string;
  readonly version: number;
  /** `sha256:` + hex of the text's UTF-8 bytes. */
  readonly hash: string;
  readonly text: string;
  /** The scope's values of versions below this one are forgotten in the same step. */
  readonly forget_below?: number;
}

/** `taken`: another commit has the key (stream, n); nothing was written. */
export type AppendResult = 'appended' | 'taken';

/** One stream under a tag. */
export interface TaggedStream {
  readonly stream: string;
  /** Time of the newest commit of the stream that carries the tag, ms. */
  readonly at: number;
}

/** The place of one commit. */
export type Place = Pick<StoredCommit, 'stream' | 'n'>;

/** Where a page of tagged streams goes on: after this stream, newest first. */
export type TagCursor = TaggedStream;

/**
 * Where commits live. Every method may fail with the coded error STORE_UNAVAILABLE; after a failed
 * `append` the commit may or may not be there, and the caller finds out by its id.
 */
export interface CommitStore {
  /** Inserts one commit and its attachments, durable when it resolves. Never replaces. */
  append(commit: StoredCommit, attachments?: readonly Attachment[]): Promise<AppendResult>;
  /** Commits of a stream from `fromN` on in order, at most `limit` of them and about `maxBytes` of payload (at least one). */
  read(stream: string, fromN: number, limit: number, maxBytes?: number): Promise<readonly StoredCommit[]>;
  /** Which of these places hold a commit: asked for the place after a known head, it tells who has news. */
  taken(places: readonly Place[]): Promise<readonly Place[]>;
  /** The newest commit of a stream. */
  head(stream: string): Promise<StoredCommit | undefined>;
  /** Streams with a commit that carries `tag` (and `at >= since`), newest first, each once; ties by stream name. */
  streamsByTag(
    tag: string,
    page: { readonly since?: number; readonly after?: TagCursor; readonly limit: number },
  ): Promise<readonly TaggedStream[]>;
  /** The text of an attachment, or undefined when it is not held (any more). */
  attachment(scope: string, version: number, hash: string): Promise<string | undefined>;
  /** A snapshot only speeds up a fold; losing it loses nothing. */
  snapshot(stream: string): Promise<Snapshot | undefined>;
  putSnapshot(snapshot: Snapshot): Promise<void>;
  /** Removes a stream's commits below `n`, its snapshot and its attachments: what `n` holds is its tombstone. */
  eraseBelow(stream: string, n: number): Promise<void>;
  /** A small named value of the server's own, such as the last clean mark. */
  mark(name: string): Promise<string | undefined>;
  putMark(name: string, value: string): Promise<void>;
  /** True when the store answers. */
  ready(): Promise<boolean>;
  close(): Promise<void>;
}

/** The fold of a stream up to and including commit `n`. */
export interface Snapshot {
  readonly stream: string;
  readonly n: number;
  /** Version of the fold that wrote it: another version's snapshot is ignored. */
  readonly version: number;
  readonly text: string;
}
