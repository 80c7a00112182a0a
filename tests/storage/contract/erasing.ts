import { describe, expect, test } from 'vitest';
import type { OpenCommits } from '../contract.ts';
import { attachment, commit } from './samples.ts';

/** Erasing a stream down to its tombstone. */
export function describeErasing(open: OpenCommits): void {
  describe('erasing a stream below its tombstone', () => {
    test('leaves the tombstone and later commits as the whole stream', async () => {
      await using store = await open();
      for (const n of [0, 1, 2, 3]) await store.commits.append(commit('a', n));
      await store.commits.eraseBelow('a', 2);
      expect((await store.commits.read('a', 0, 10)).map(({ n }) => n)).toEqual([2, 3]);
      expect((await store.commits.head('a'))?.n).toBe(3);
    });

    test('takes snapshot and attachments along', async () => {
      await using store = await open();
      const state = attachment('a/bot/1', 1, 'secret');
      await store.commits.append(commit('a', 0), [state]);
      await store.commits.append(commit('a', 1));
      await store.commits.putSnapshot({ stream: 'a', n: 0, version: 1, text: 'secret' });
      await store.commits.eraseBelow('a', 1);
      expect(await store.commits.snapshot('a')).toBeUndefined();
      expect(await store.commits.attachment('a/bot/1', 1, state.hash)).toBeUndefined();
    });

    test('takes the tags of erased commits, and keeps those that a kept commit carries', async () => {
      await using store = await open();
      await store.commits.append(commit('a', 0, { at: 10, tags: ['erased', 'kept'] }));
      await store.commits.append(commit('a', 1, { at: 20, tags: ['kept'] }));
      await store.commits.eraseBelow('a', 1);
      expect(await store.commits.streamsByTag('erased', { limit: 10 })).toEqual([]);
      expect(await store.commits.streamsByTag('kept', { limit: 10 })).toEqual([{ stream: 'a', at: 20 }]);
    });

    test('leaves other streams as they are', async () => {
      await using store = await open();
      const state = attachment('ab/bot/1', 1, 'theirs');
      const snapshot = { stream: 'ab', n: 0, version: 1, text: 'theirs' };
      await store.commits.append(commit('ab', 0, { tags: ['t'] }), [state]);
      await store.commits.putSnapshot(snapshot);
      await store.commits.append(commit('a', 5));
      await store.commits.eraseBelow('a', 5);
      expect(await store.commits.read('ab', 0, 10)).toHaveLength(1);
      expect(await store.commits.streamsByTag('t', { limit: 10 })).toHaveLength(1);
      expect(await store.commits.snapshot('ab')).toEqual(snapshot);
      expect(await store.commits.attachment('ab/bot/1', 1, state.hash)).toBe('theirs');
    });
  });
}
