import { expect, test } from 'vitest';
import { openSqlite } from '../../support/sqlite-store.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { WriterProcess } from './writer-process.ts';

const ENDLESS = 1_000_000;

test('whatever was acknowledged before a kill -9 is there afterwards, without a gap', async () => {
  await using dir = await tempDir();
  const path = dir.file('store.db');
  const acknowledged: number[] = [];
  for (const atOnce of [1, 16, 1]) {
    await using writer = new WriterProcess({ path, total: ENDLESS, atOnce });
    await writer.said(150);
    await writer.kill();
    acknowledged.push(...writer.acknowledged);
  }
  await using store = await openSqlite(path);
  const held = (await store.commits.read('a', 0, ENDLESS)).map(({ n }) => n);
  const found = new Set(held);
  expect(acknowledged.filter((n) => !found.has(n))).toEqual([]);
  expect(held).toEqual(Array.from(held, (_, i) => i));
  expect(acknowledged.length).toBeGreaterThan(400);
});

test('a second process is kept off the file until its owner is gone, even by a crash', async () => {
  await using dir = await tempDir();
  const path = dir.file('store.db');
  await using writer = new WriterProcess({ path, total: 1 });
  await writer.said(2);
  await expect(openSqlite(path)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('another process holds it'),
  });
  await writer.kill();
  await using store = await openSqlite(path);
  expect(await store.commits.head('a')).toMatchObject({ n: 0 });
});
