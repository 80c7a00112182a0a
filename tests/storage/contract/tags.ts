import { describe, expect, test } from 'vitest';
import type { TaggedStream } from '../../../control-plane/src/log/store.ts';
import type { OpenCommits } from '../contract.ts';
import { commit } from './samples.ts';

/** Lists of streams. */
export function describeTags(open: OpenCommits): void {
  describe('streams under a tag', () => {
    test('come newest first, ties by name, each once, at the newest commit that carries the tag', async () => {
      await using store = await open();
      await store.commits.append(commit('old', 0, { at: 10, tags: ['t'] }));
      await store.commits.append(commit('tie-b', 0, { at: 20, tags: ['t'] }));
      await store.commits.append(commit('tie-a', 0, { at: 20, tags: ['other', 't'] }));
      await store.commits.append(commit('twice', 0, { at: 5, tags: ['t'] }));
      await store.commits.append(commit('twice', 1, { at: 30, tags: ['t'] }));
      await store.commits.append(commit('twice', 2, { at: 90, tags: [] }));
      await store.commits.append(commit('untagged', 0, { at: 40, tags: ['T', 'tt'] }));
      expect(await store.commits.streamsByTag('t', { limit: 10 })).toEqual([
        { stream: 'twice', at: 30 },
        { stream: 'tie-a', at: 20 },
        { stream: 'tie-b', at: 20 },
        { stream: 'old', at: 10 },
      ]);
    });

    test('a tag that no commit carries has none', async () => {
      await using store = await open();
      expect(await store.commits.streamsByTag('t', { limit: 10 })).toEqual([]);
    });

    test('the newest commit is the one with the highest n, whichever was written last', async () => {
      await using store = await open();
      await store.commits.append(commit('a', 1, { at: 30, tags: ['t'] }));
      await store.commits.append(commit('a', 0, { at: 10, tags: ['t'] }));
      expect(await store.commits.streamsByTag('t', { limit: 10 })).toEqual([{ stream: 'a', at: 30 }]);
    });

    test('a tag given twice counts once', async () => {
      await using store = await open();
      expect(await store.commits.append(commit('a', 0, { at: 10, tags: ['t', 't'] }))).toBe('appended');
      expect(await store.commits.streamsByTag('t', { limit: 10 })).toEqual([{ stream: 'a', at: 10 }]);
    });

    test.each([
      ['since the time of a stream includes it', { since: 20 }, ['c', 'b']],
      ['since a later time does not', { since: 21 }, ['c']],
      ['since before all of them gives all', { since: 0 }, ['c', 'b', 'a']],
      ['after a stream goes on behind it', { after: { stream: 'c', at: 30 } }, ['b', 'a']],
      ['after a stream that has moved on since', { after: { stream: 'gone', at: 25 } }, ['b', 'a']],
      ['since and after hold together', { since: 20, after: { stream: 'c', at: 30 } }, ['b']],
    ])('%s', async (_what, page, expected) => {
      await using store = await open();
      await store.commits.append(commit('a', 0, { at: 10, tags: ['t'] }));
      await store.commits.append(commit('b', 0, { at: 20, tags: ['t'] }));
      await store.commits.append(commit('c', 0, { at: 30, tags: ['t'] }));
      const streams = await store.commits.streamsByTag('t', { ...page, limit: 10 });
      expect(streams.map(({ stream }) => stream)).toEqual(expected);
    });

    test('pages, put together, are the whole list', async () => {
      await using store = await open();
      const names = Array.from({ length: 23 }, (_, i) => `s-${String(i).padStart(2, '0')}`);
      // Groups of five share a time, so that pages of four end within ties.
      const appends = names.map((name, i) =>
        store.commits.append(commit(name, 0, { at: 1_000 - Math.floor(i / 5), tags: ['t'] })),
      );
      await Promise.all(appends);
      const seen: TaggedStream[] = [];
      for (let page = await store.commits.streamsByTag('t', { limit: 4 }); page.length > 0; ) {
        seen.push(...page);
        const after = page[page.length - 1] as TaggedStream;
        page = await store.commits.streamsByTag('t', { after, limit: 4 });
      }
      expect(seen.map(({ stream }) => stream)).toEqual(names);
    });
  });
}
