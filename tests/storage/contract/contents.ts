import { expect, test } from 'vitest';
import type { OpenStoreForTest } from '../contract.ts';
import { attachment, commit } from './samples.ts';

/** Walks pages of a size to the end. */
async function walk<T>(next: (after: T | undefined) => Promise<readonly T[]>, size: number): Promise<T[]> {
  const all: T[] = [];
  for (let after: T | undefined; ; after = all.at(-1)) {
    const page = await next(after);
    all.push(...page);
    if (page.length < size) return all;
  }
}

/** Everything can be read, page by page, in the order of its keys. */
export function describeContents(open: OpenStoreForTest): void {
  const NAMES = ['Z', 'a', 'a/b', 'b', 'é', '\u{1f600}'];

  test.each([1, 2, 100])(
    'streams, %i at a time, each once, in the order of their UTF-8 bytes',
    async (size) => {
      await using store = await open();
      for (const name of NAMES.toReversed()) {
        for (const n of [0, 1, 2]) await store.commits.append(commit(name, n));
      }
      expect(await walk((after: string | undefined) => store.contents.streams(after, size), size)).toEqual(
        NAMES,
      );
    },
  );

  test('a stream whose beginning was erased is one of them', async () => {
    await using store = await open();
    for (const n of [0, 1, 2]) await store.commits.append(commit('a', n));
    await store.commits.eraseBelow('a', 2);
    expect(await store.contents.streams(undefined, 10)).toEqual(['a']);
  });

  test.each([1, 2, 100])('attachments of one stream, %i at a time, and of no other', async (size) => {
    await using store = await open();
    const held = ['a/code', 'a/x'].flatMap((scope) =>
      [1, 2, 10].map((n) => attachment(scope, n, `${scope}${n}`)),
    );
    await store.commits.append(commit('a', 0), held.toReversed());
    await store.commits.append(commit('b', 0), [attachment('b/code', 1, 'other')]);
    const read = await walk(
      (after: (typeof held)[number] | undefined) => store.contents.attachments('a', after, size),
      size,
    );
    expect(read).toEqual(held);
  });

  test('a page of attachments is bounded in size, and holds one at least', async () => {
    await using store = await open();
    const held = [1, 2, 3].map((n) => attachment('a/big', n, `${n}`.repeat(3 * 1024 * 1024)));
    await store.commits.append(commit('a', 0), held);
    const [first, ...rest] = await store.contents.attachments('a', undefined, 10);
    expect([first?.version, rest.length]).toEqual([1, 0]);
    const second = await store.contents.attachments('a', first, 10);
    expect(second.map(({ version }) => version)).toEqual([2]);
  });

  test('attachments are put beside a stream before its commits, again too, and go with it', async () => {
    await using store = await open();
    const held = [attachment('a/code', 1, 'one'), attachment('a/x', 2, '')];
    for (let times = 0; times < 2; times++) await store.contents.putAttachments('a', held);
    expect(await store.contents.attachments('a', undefined, 10)).toEqual(held);
    expect(await store.commits.attachment('a/code', 1, held[0]?.hash ?? '')).toBe('one');
    const next = { ...attachment('a/x', 4, 'next'), forget_below: 3 };
    await store.commits.append(commit('a', 0), [next, attachment('a/code', 1, 'one')]);
    const versions = (await store.contents.attachments('a', undefined, 10)).map(({ version }) => version);
    expect(versions).toEqual([1, 4]);
    await store.commits.append(commit('a', 1));
    await store.commits.eraseBelow('a', 1);
    expect(await store.contents.attachments('a', undefined, 10)).toEqual([]);
  });

  test('marks', async () => {
    await using store = await open();
    await store.commits.putMark('b', '2');
    await store.commits.putMark('a', '1');
    expect(await store.contents.marks()).toEqual([
      { name: 'a', value: '1' },
      { name: 'b', value: '2' },
    ]);
  });

  test.each([1, 2, 100])('records, %i at a time, with owner and expiry', async (size) => {
    await using store = await open();
    const held = [
      { kind: 'code', key: 'k2', value: { v: [1] } },
      { kind: 'token', key: 'k1', value: {}, owner: 'o', expiresAt: 5 },
      { kind: 'token', key: 'k2', value: {}, expiresAt: 1 },
    ];
    for (const record of held.toReversed()) await store.records.insert(record, 0);
    const read = await walk(
      (after: (typeof held)[number] | undefined) =>
        store.contents.records(after, size) as Promise<readonly (typeof held)[number][]>,
      size,
    );
    expect(read).toEqual(held);
  });
}
