import { createHash } from 'node:crypto';
import { canonicalJson } from '../kernel/json/canonical.ts';
import type { Json } from '../kernel/json/value.ts';
import type { Commit, Entry, Fact } from './commit.ts';

/** Version of the commit format, named by the first commit of each stream. */
const FORMAT_VERSION = 1;

/** Domain separation: an item's commitment can never be read as a leaf, nor an entry as a fact. */
const TAGS = {
  entry: 'mcp-multiplayer/entry/1',
  fact: 'mcp-multiplayer/fact/1',
  leaf: 'mcp-multiplayer/leaf/1',
};

/**
 * The commitment of an entry or fact: SHA-256(tag, 0x00, salt bytes, canonical JSON without the salt).
 * The salt keeps short bodies from being guessed, so single items can be disclosed or withheld.
 *
 * @returns 64 hex digits
 */
export function itemCommitment(kind: 'entry' | 'fact', item: Entry | Fact): string {
  const { salt, ...content } = item;
  return createHash('sha256')
    .update(`${TAGS[kind]}\0`)
    .update(Buffer.from(salt, 'hex'))
    .update(canonicalJson(content as Json))
    .digest('hex');
}

/**
 * The data hashed as a commit's leaf in the channel's Merkle tree (RFC 6962, section 2.1, computes
 * its leaf hash over it): everything in the commit, the items through their commitments.
 *
 * @returns 64 hex digits
 */
export function commitLeaf(commit: Commit): string {
  const { stream, n, id, at, first, entries, facts } = commit;
  const commitments = [
    ...entries.map((entry) => itemCommitment('entry', entry)),
    ...facts.map((fact) => itemCommitment('fact', fact)),
  ];
  return createHash('sha256')
    .update(`${TAGS.leaf}\0`)
    .update(canonicalJson({ v: FORMAT_VERSION, stream, n, id, at, first, commitments }))
    .digest('hex');
}

/** What the first commit of a stream says of its own format. */
export const FORMAT_FACT = {
  type: 'format',
  version: FORMAT_VERSION,
  hash: 'SHA-256',
  canonical: 'RFC 8785',
  salt_bytes: 16,
  tags: TAGS,
} as const;
