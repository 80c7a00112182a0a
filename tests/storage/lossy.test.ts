import { expect, test } from 'vitest';
import { lossyStore } from '../support/lossy-store.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { freshSqlite } from '../support/sqlite-store.ts';
import { commit } from './contract/samples.ts';

test.each([
  ['memory', async () => ({ commits: new MemoryStore(), async [Symbol.asyncDispose]() {} })],
  ['SQLite', freshSqlite],
])('an append whose answer was lost is told from a rival by its id (%s)', async (_name, open) => {
  await using store = await open();
  const lossy = lossyStore(store.commits, { loseAnswers: 1 });
  await expect(lossy.append(commit('a', 0))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(await lossy.append(commit('a', 0))).toBe('taken');
  expect((await lossy.read('a', 0, 1))[0]?.id).toBe(commit('a', 0).id);
  expect(await lossy.append(commit('a', 1))).toBe('appended');
});
