import { describe, expect, test } from 'vitest';
import { openSqlite } from '../../support/sqlite-store.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { commit } from '../contract/samples.ts';
import { tinyDisk } from './tiny-disk.ts';
import { WriterProcess } from './writer-process.ts';

const LARGE = 'x'.repeat(100_000);
type Store = Awaited<ReturnType<typeof openSqlite>>;

/** Appends in bursts, from `n` on, until one is refused; what was acknowledged. */
async function fillUp(store: Store, atOnce: number): Promise<Set<number>> {
  const acknowledged = new Set<number>();
  for (let n = 0; n < 1_000; n += atOnce) {
    const numbers = Array.from({ length: atOnce }, (_, i) => n + i);
    const appends = numbers.map((each) => store.commits.append(commit('a', each, { payload: LARGE })));
    const results = await Promise.allSettled(appends);
    const refusals = results.filter((result) => result.status === 'rejected');
    numbers.forEach((each, i) => results[i]?.status === 'fulfilled' && acknowledged.add(each));
    for (const { reason } of refusals) expect(reason).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    if (refusals.length > 0) return acknowledged;
  }
  throw new Error('The disk did not fill up.');
}

async function held(store: Store): Promise<Set<number>> {
  return new Set((await store.commits.read('a', 0, 2_000)).map(({ n }) => n));
}

describe.each([1, 8])('with appends of %i at once, a full disk', (atOnce) => {
  test('refuses with a code, keeps what was acknowledged, and the store works once there is space', async (context) => {
    const disk = await tinyDisk(8);
    if (typeof disk === 'string') return context.skip(disk);
    await using _disk = disk;
    const path = disk.file('store.db');
    const acknowledged = new Set<number>();
    {
      await using store = await openSqlite(path);
      await store.commits.append(commit('b', 0));
      disk.fill();
      for (const n of await fillUp(store, atOnce)) acknowledged.add(n);
      // Nothing refused has come to be, and reading goes on.
      expect(await held(store)).toEqual(acknowledged);
      expect(await store.commits.ready()).toBe(true);
      disk.free();
      expect(await store.commits.append(commit('c', 0))).toBe('appended');
    }
    await using store = await openSqlite(path);
    expect(await held(store)).toEqual(acknowledged);
    expect((await store.commits.head('c'))?.n).toBe(0);
  });

  test('inside a statement fails that append alone or its whole batch, and loses nothing', async () => {
    await using dir = await tempDir();
    const path = dir.file('store.db');
    const testPragmas = [{ name: 'max_page_count', set: 300, reads: 300 }];
    let acknowledged = new Set<number>();
    {
      await using store = await openSqlite(path, { testPragmas });
      acknowledged = await fillUp(store, atOnce);
      expect(await held(store)).toEqual(acknowledged);
    }
    await using store = await openSqlite(path);
    expect(await held(store)).toEqual(acknowledged);
    expect(await store.commits.append(commit('a', 5_000, { payload: LARGE }))).toBe('appended');
  });
});

test('an I/O error ends the store: the process hears of it, and what was acknowledged is kept', async () => {
  await using dir = await tempDir();
  const path = dir.file('store.db');
  // A file size limit that is not a full disk: writes beyond it fail with EFBIG.
  const before = ['/bin/sh', '-c', `trap '' XFSZ; ulimit -f 2048; exec "$@"`, 'sh'];
  const writer = new WriterProcess({ path, total: 1_000_000, before });
  expect(await writer.finish()).toBe(3);
  expect(writer.lines.at(-1)).toMatch(/^fatal The store cannot go on: .*disk I\/O error/);
  await using store = await openSqlite(path);
  expect(await held(store)).toEqual(new Set(writer.acknowledged.slice(0, 2_000)));
});
