import type { JsonObject } from '../kernel/json/value.ts';

/** A small document under a unique (kind, key), with an optional owner to list by and an expiry. */
export interface IdentityRecord {
  readonly kind: string;
  readonly key: string;
  readonly value: JsonObject;
  /** Lists records of one owner, e.g. the tokens of a grant. */
  readonly owner?: string;
  /** ms since the epoch; an expired record is as good as gone. */
  readonly expiresAt?: number;
}

/**
 * Where clients, codes, grants and tokens live. Keys of secrets are hashes: no secret is stored.
 * Every method may fail with the coded error STORE_UNAVAILABLE. Writes are durable when they resolve.
 */
export interface RecordStore {
  /** Inserts; false when (kind, key) is held by a record that has not expired at `now` (ms). */
  insert(record: IdentityRecord, now: number): Promise<boolean>;
  /** The record, unless it expired before `now` (ms). */
  get(kind: string, key: string, now: number): Promise<IdentityRecord | undefined>;
  /** Removes and returns a record in one step: of two callers at once, one gets it. */
  take(kind: string, key: string, now: number): Promise<IdentityRecord | undefined>;
  /**
   * Replaces value, owner and expiry if the stored value still equals `expected.value` (as canonical JSON);
   * false when it does not, or the record is gone. `next` has the kind and key of `expected`.
   */
  replace(expected: IdentityRecord, next: IdentityRecord): Promise<boolean>;
  listByOwner(kind: string, owner: string, now: number): Promise<readonly IdentityRecord[]>;
  removeByOwner(kind: string, owner: string): Promise<number>;
  /** Removes what expired before `now` (ms), at most `limit` records; how many. */
  sweep(now: number, limit: number): Promise<number>;
}
