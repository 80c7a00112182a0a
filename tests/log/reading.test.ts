import { describe, expect, test } from 'vitest';
import { openTrails, note, say } from '../support/counter-model.ts';
import { MemoryStore } from '../support/memory-store.ts';

const ENTRIES = 600;

/** A stream longer than the tail that is kept in memory, with commits that hold no entry in between. */
async function longStream() {
  const store = new MemoryStore();
  const trails = openTrails(store);
  for (let id = 1; id <= ENTRIES; id++) {
    await trails.submit('a', say(`${id}`));
    if (id % 7 === 0) await trails.submit('a', note(`after ${id}`));
  }
  return { store, trails };
}

describe('reading entries', () => {
  test.each([1, 2, 7, 8, 14, 299, 599, 600])('entry %i is found, warm and cold', async (id) => {
    const { store, trails } = await longStream();
    for (const reader of [trails, openTrails(store)]) {
      const stream = await reader.open('a');
      expect(await reader.entry(stream, id)).toMatchObject({ id, body: { text: `${id}` } });
    }
  });

  test('from any id on, everything comes once and in order', async () => {
    const { store } = await longStream();
    const reader = openTrails(store);
    const stream = await reader.open('a');
    for (const from of [1, 7, 8, 350, 600]) {
      const ids: number[] = [];
      for await (const commit of reader.commitsFrom(stream, from))
        ids.push(...commit.entries.map(({ id }) => id));
      expect(ids).toEqual(Array.from({ length: ENTRIES - from + 1 }, (_, i) => from + i));
    }
  });

  test('past the end there is nothing', async () => {
    const { trails } = await longStream();
    const stream = await trails.open('a');
    expect(await trails.entry(stream, ENTRIES + 1)).toBeUndefined();
  });
});

describe('loaded streams', () => {
  test('are bounded in number, and read again when they were let go', async () => {
    const store = new MemoryStore();
    const trails = openTrails(store, undefined, 2);
    for (const id of ['a', 'b', 'c', 'd']) await trails.submit(id, say(id));
    const before = await trails.open('d');
    expect(await trails.open('d')).toBe(before);
    await trails.submit('a', say('again'));
    expect((await trails.open('a')).state.seen).toEqual(['entry 1', 'entry 2']);
  });
});
