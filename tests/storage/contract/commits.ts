import { describe, expect, test } from 'vitest';
import type { OpenCommits } from '../contract.ts';
import { AWKWARD_TEXTS, commit } from './samples.ts';

/** Appending and reading back. */
export function describeCommits(open: OpenCommits): void {
  test('a payload comes back byte for byte', async () => {
    await using store = await open();
    const spoiled: string[] = [];
    for (const [what, payload] of AWKWARD_TEXTS) {
      await store.commits.append(commit(what, 0, { payload }));
      const [read] = await store.commits.read(what, 0, 1);
      const head = await store.commits.head(what);
      if (read?.payload !== payload || head?.payload !== payload) spoiled.push(what);
    }
    expect(spoiled).toEqual([]);
  });

  test('a commit comes back with all its scalars', async () => {
    await using store = await open();
    const full = commit('a', 0, {
      id: 'f'.repeat(32),
      at: 1_795_219_200_123,
      tags: ['work', 'lobby', 'acct:b'],
    });
    await store.commits.append(full);
    expect(await store.commits.read('a', 0, 10)).toEqual([full]);
    expect(await store.commits.head('a')).toEqual(full);
  });

  test('of many places, those that hold a commit are told', async () => {
    await using store = await open();
    for (const n of [0, 1, 2]) await store.commits.append(commit('a', n));
    await store.commits.append(commit('b', 7));
    const asked = ['a', 'b', 'c'].flatMap((stream) => [1, 3, 7].map((n) => ({ stream, n })));
    const taken = await store.commits.taken(asked);
    expect(taken.map(({ stream, n }) => `${stream}${n}`).sort()).toEqual(['a1', 'b7']);
    expect(await store.commits.taken([])).toEqual([]);
  });

  describe('the key is stream and n', () => {
    test('a taken key changes nothing: neither commit, nor tags, nor attachments', async () => {
      await using store = await open();
      const first = commit('a', 0, { tags: ['lobby'] });
      await store.commits.append(first);
      const rival = commit('a', 0, { id: 'rival', at: 9_999, tags: ['work', 'lobby'], payload: '"other"' });
      const attached = { scope: 'a/b', version: 1, hash: 'sha256:1', text: 'rival' };
      expect(await store.commits.append(rival, [attached])).toBe('taken');
      expect(await store.commits.read('a', 0, 10)).toEqual([first]);
      expect(await store.commits.streamsByTag('work', { limit: 10 })).toEqual([]);
      expect(await store.commits.streamsByTag('lobby', { limit: 10 })).toEqual([
        { stream: 'a', at: first.at },
      ]);
      expect(await store.commits.attachment('a/b', 1, 'sha256:1')).toBeUndefined();
    });

    test('a commit appended again finds its own key taken', async () => {
      await using store = await open();
      await store.commits.append(commit('a', 0));
      expect(await store.commits.append(commit('a', 0))).toBe('taken');
    });

    test('of many writers for one key one wins, and it is the one that is read', async () => {
      await using store = await open();
      const rivals = Array.from({ length: 20 }, (_, i) => commit('a', 0, { id: `rival-${i}` }));
      const results = await Promise.all(rivals.map((rival) => store.commits.append(rival)));
      expect(results.filter((result) => result === 'appended')).toHaveLength(1);
      const winner = rivals[results.indexOf('appended')];
      expect(await store.commits.read('a', 0, 10)).toEqual([winner]);
    });

    test('a taken key does not disturb appends that are made at the same moment', async () => {
      await using store = await open();
      await store.commits.append(commit('a', 0));
      const streams = ['b', 'a', 'c', 'a', 'd'];
      const results = await Promise.all(streams.map((stream) => store.commits.append(commit(stream, 0))));
      expect(results).toEqual(['appended', 'taken', 'appended', 'taken', 'appended']);
      for (const stream of ['b', 'c', 'd']) expect(await store.commits.read(stream, 0, 2)).toHaveLength(1);
    });

    test('streams whose names differ by little are not each other', async () => {
      await using store = await open();
      const names = ['a', 'A', 'a ', 'a\u0301', 'á', 'a.b', '$a', 'a%', 'a_'];
      for (const name of names) expect(await store.commits.append(commit(name, 0))).toBe('appended');
      for (const name of names) expect((await store.commits.head(name))?.stream).toBe(name);
    });
  });

  describe('reading', () => {
    test('goes in the order of n from the one that is asked for, whatever the order of writing', async () => {
      await using store = await open();
      for (const n of [0, 11, 1, 10, 2, 9]) await store.commits.append(commit('a', n));
      expect((await store.commits.read('a', 2, 10)).map(({ n }) => n)).toEqual([2, 9, 10, 11]);
    });

    test('stops at the limit', async () => {
      await using store = await open();
      for (const n of [0, 1, 2, 3]) await store.commits.append(commit('a', n));
      expect((await store.commits.read('a', 1, 2)).map(({ n }) => n)).toEqual([1, 2]);
    });

    test.each([
      ['fewer bytes than the first has', 1, [0]],
      ['just the bytes of two', 2_000, [0, 1]],
      ['a byte short of three', 2_999, [0, 1]],
      ['more bytes than there are', 1_000_000, [0, 1, 2, 3]],
    ])('stops at the bytes of payload: %s', async (_what, maxBytes, expected) => {
      await using store = await open();
      const payload = `"${'x'.repeat(998)}"`;
      for (const n of [0, 1, 2, 3]) await store.commits.append(commit('a', n, { payload }));
      expect((await store.commits.read('a', 0, 10, maxBytes)).map(({ n }) => n)).toEqual(expected);
    });

    test('a stream that is not there is empty and has no head', async () => {
      await using store = await open();
      await store.commits.append(commit('a', 0));
      expect(await store.commits.read('b', 0, 10)).toEqual([]);
      expect(await store.commits.read('a', 1, 10)).toEqual([]);
      expect(await store.commits.head('b')).toBeUndefined();
    });

    test('the head is the commit with the highest n', async () => {
      await using store = await open();
      for (const n of [0, 1, 2, 10]) await store.commits.append(commit('a', n));
      await store.commits.append(commit('b', 11));
      expect((await store.commits.head('a'))?.n).toBe(10);
    });

    test('a store takes the n it is told, gaps too: to refuse them is the matter of the fold', async () => {
      await using store = await open();
      await store.commits.append(commit('a', 0));
      expect(await store.commits.append(commit('a', 5))).toBe('appended');
      expect((await store.commits.read('a', 0, 10)).map(({ n }) => n)).toEqual([0, 5]);
    });
  });

  test('a store answers that it is ready', async () => {
    await using store = await open();
    expect(await store.commits.ready()).toBe(true);
  });

  test('a closed store refuses calls with a code, and is not ready', async () => {
    await using store = await open();
    await store.commits.close();
    await expect(store.commits.head('a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.commits.append(commit('a', 0))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await store.commits.ready()).toBe(false);
  });
}
