import { expect, test } from 'vitest';
import type { OpenCommits } from '../contract.ts';
import { AWKWARD_TEXTS } from './samples.ts';

/** One value under one name. */
export function describeSnapshotsAndMarks(open: OpenCommits): void {
  test('snapshots and marks come back byte for byte', async () => {
    await using store = await open();
    const spoiled: string[] = [];
    for (const [what, content] of AWKWARD_TEXTS) {
      await store.commits.putSnapshot({ stream: what, n: 7, version: 2, text: content });
      await store.commits.putMark(what, content);
      const snapshot = await store.commits.snapshot(what);
      const mark = await store.commits.mark(what);
      expect(snapshot).toMatchObject({ stream: what, n: 7, version: 2 });
      if (snapshot?.text !== content || mark !== content) spoiled.push(what);
    }
    expect(spoiled).toEqual([]);
  });

  test('a newer snapshot of a stream takes the place of the older, and of no other stream', async () => {
    await using store = await open();
    const newer = { stream: 'a', n: 9, version: 3, text: 'newer' };
    const other = { stream: 'b', n: 1, version: 2, text: 'other' };
    await store.commits.putSnapshot({ stream: 'a', n: 7, version: 2, text: 'older' });
    await store.commits.putSnapshot(other);
    await store.commits.putSnapshot(newer);
    expect(await store.commits.snapshot('a')).toEqual(newer);
    expect(await store.commits.snapshot('b')).toEqual(other);
    expect(await store.commits.snapshot('c')).toBeUndefined();
  });

  test('a mark is replaced, and is absent until it is put', async () => {
    await using store = await open();
    expect(await store.commits.mark('m')).toBeUndefined();
    await store.commits.putMark('m', '1');
    await store.commits.putMark('m', '2');
    expect(await store.commits.mark('m')).toBe('2');
    expect(await store.commits.mark('M')).toBeUndefined();
  });
}
