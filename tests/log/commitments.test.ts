import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Commit, Entry } from '../../control-plane/src/log/commit.ts';
import { commitLeaf, itemCommitment } from '../../control-plane/src/log/commitments.ts';

const ENTRY: Entry = {
  id: 1,
  channel_id: 'chn_a',
  sender: 's1',
  sender_kind: 'member',
  kind: 'user',
  body: { text: 'hello' },
  ts: '2026-01-01T00:00:00.000Z',
  salt: '000102030405060708090a0b0c0d0e0f',
};
const COMMIT: Commit = {
  stream: 'chn_a',
  n: 0,
  id: 'ab',
  first: 1,
  at: 5,
  entries: [ENTRY],
  facts: [],
  tags: ['lobby'],
};

describe('commitments', () => {
  test('an entry is committed to by tag, salt and canonical JSON, as anyone can recompute', () => {
    const canonical =
      '{"body":{"text":"hello"},"channel_id":"chn_a","id":1,"kind":"user","sender":"s1","sender_kind":"member","ts":"2026-01-01T00:00:00.000Z"}';
    const expected = createHash('sha256')
      .update('mcp-multiplayer/entry/1\0')
      .update(Buffer.from(ENTRY.salt, 'hex'))
      .update(canonical)
      .digest('hex');
    expect(itemCommitment('entry', ENTRY)).toBe(expected);
  });

  test('this commit has had this leaf since format version 1', () => {
    expect(commitLeaf(COMMIT)).toMatchInlineSnapshot(
      `"66694c528dc30f816a8e16eba6fa9d99df4ef1cd10d814b5e0f395647b388b54"`,
    );
  });

  const changed: readonly (readonly [string, Commit])[] = [
    ['the stream', { ...COMMIT, stream: 'chn_b' }],
    ['the number', { ...COMMIT, n: 1 }],
    ['the id', { ...COMMIT, id: 'ac' }],
    ['the time', { ...COMMIT, at: 6 }],
    ['the first entry id', { ...COMMIT, first: 2 }],
    ['a body', { ...COMMIT, entries: [{ ...ENTRY, body: { text: 'Hello' } }] }],
    ['a salt', { ...COMMIT, entries: [{ ...ENTRY, salt: 'ff0102030405060708090a0b0c0d0e0f' }] }],
    ['a recipient', { ...COMMIT, entries: [{ ...ENTRY, to_slot: 's2' }] }],
    ['an entry turned fact', { ...COMMIT, entries: [], facts: [ENTRY as never] }],
  ];
  test.each(changed)('%s changes the leaf', (_what, commit) => {
    expect(commitLeaf(commit)).not.toBe(commitLeaf(COMMIT));
  });

  test('tags do not: they are an index, not history', () => {
    expect(commitLeaf({ ...COMMIT, tags: [] })).toBe(commitLeaf(COMMIT));
  });
});
