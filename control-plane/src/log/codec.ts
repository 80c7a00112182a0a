import { canonicalJson } from '../kernel/json/canonical.ts';
import type { Json } from '../kernel/json/value.ts';
import type { Commit } from './commit.ts';
import type { StoredCommit } from './store.ts';

/** A commit as a store holds it. */
export function encodeCommit(commit: Commit): StoredCommit {
  const { stream, n, id, at, tags } = commit;
  return { stream, n, id, at, tags, payload: canonicalJson(commit as unknown as Json) };
}

/**
 * Reads a stored commit back.
 *
 * @throws when the payload is not the commit that its scalars name: the store is damaged.
 */
export function decodeCommit(stored: StoredCommit): Commit {
  const commit = JSON.parse(stored.payload) as Commit;
  if (commit.stream !== stored.stream || commit.n !== stored.n || commit.id !== stored.id) {
    throw new Error(`Commit ${stored.stream}/${stored.n} holds another commit's payload.`);
  }
  return commit;
}
