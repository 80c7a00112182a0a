import { describe, expect, test, vi } from 'vitest';
import { News } from '../../control-plane/src/log/news.ts';
import type { Streams } from '../../control-plane/src/log/streams.ts';
import { note, openSharedTrails, say, type Trail } from '../support/counter-model.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { storeWith } from '../support/store-with.ts';

const seen = async (streams: Streams<Trail>) => (await streams.open('a')).state.seen.length;

/** Refuses once anything was said. */
const ifSilent = (state: Trail) => {
  if (state.seen.length > 0) throw new Error('said already');
  return note('first')(state, { n: 0, nextId: 1, at: 0 });
};
/** Refuses unless something was said. */
const ifSaid = (state: Trail) => {
  if (state.seen.length === 0) throw new Error('nothing was said');
  return { answer: state.seen.length };
};

describe('a stream that other processes write to', () => {
  test('is read with all that they had written before', async () => {
    const store = new MemoryStore();
    const [one, other] = [openSharedTrails(store), openSharedTrails(store)];
    await other.open('a');
    for (let n = 1; n <= 5; n++) {
      await one.submit('a', say('x'));
      expect(await seen(other)).toBe(n);
    }
  });

  test('refuses nothing for a reason that is gone', async () => {
    const store = new MemoryStore();
    const [one, other] = [openSharedTrails(store), openSharedTrails(store)];
    await other.open('a');
    await one.submit('a', say('x'));
    expect(await other.submit('a', ifSaid)).toBe(1);
    await expect(other.submit('a', ifSilent)).rejects.toThrow('said already');
  });

  test('wakes who waits elsewhere when it is told, and when it looks', async () => {
    const store = new MemoryStore();
    const told: string[] = [];
    const [one, other] = [openSharedTrails(store, (stream) => told.push(stream)), openSharedTrails(store)];
    const reached = (count: number) => async () => ((await seen(other)) >= count ? true : undefined);
    const first = other.wait('a', reached(1), 10_000);
    await one.submit('a', say('x'));
    expect(told).toEqual(['a']);
    await other.hear('a');
    expect(await first).toBe(true);
    const second = other.wait('a', reached(2), 10_000);
    await one.submit('a', say('y'));
    await other.look([]);
    expect(await second).toBe(true);
  });

  test('is looked at only where somebody waits or works on it', async () => {
    const store = new MemoryStore();
    const asked = vi.spyOn(store, 'taken');
    const streams = openSharedTrails(store);
    for (const id of ['a', 'b', 'c']) await streams.submit(id, say('x'));
    const stop = new AbortController();
    const parked = streams.wait('b', () => undefined, 10_000, stop.signal);
    asked.mockClear();
    await streams.look(['c', 'not loaded']);
    expect(asked.mock.calls.flatMap(([places]) => places.map(({ stream }) => stream)).sort()).toEqual([
      'b',
      'c',
    ]);
    expect(asked).toHaveBeenCalledTimes(1);
    stop.abort();
    await parked;
  });

  test('folds a commit of its own once, also when it meets it in the store before its answer', async () => {
    const store = new MemoryStore();
    const written = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const slow = storeWith(store, {
      append: async (commit, attachments) => {
        const result = await store.append(commit, attachments);
        written.resolve();
        await answer.promise;
        return result;
      },
    });
    const streams = openSharedTrails(slow);
    await streams.open('a');
    const said = streams.submit('a', say('x'));
    await written.promise;
    expect(await seen(streams)).toBe(1);
    answer.resolve();
    expect(await said).toBe(1);
    expect(await streams.submit('a', say('y'))).toBe(2);
    const { state, recent } = await streams.open('a').then((stream) => ({
      state: stream.state,
      recent: stream.recent(1)?.map(({ n }) => n),
    }));
    expect(state.seen).toEqual(['entry 1', 'entry 2']);
    expect(recent).toEqual([0, 1]);
  });

  test('that was erased elsewhere is read from its tombstone on', async () => {
    const store = new MemoryStore();
    const [one, other] = [openSharedTrails(store), openSharedTrails(store)];
    for (let n = 0; n < 3; n++) await one.submit('a', say('x'));
    await other.open('a');
    await one.submit('a', say('y'));
    await one.submit('a', () => ({ draft: { facts: [{ type: 'tombstone', name: 'end' }] }, answer: 0 }));
    await store.eraseBelow('a', 4);
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
    try {
      expect((await other.open('a')).state.seen).toEqual(['fact end']);
    } finally {
      vi.restoreAllMocks();
    }
  });

  test('takes nothing into a place that was erased: who comes that late is decided anew', async () => {
    const store = new MemoryStore();
    const [one, other] = [openSharedTrails(store), openSharedTrails(store)];
    for (let n = 0; n < 3; n++) await one.submit('a', say('x'));
    await other.open('a');
    await one.submit('a', say('y'));
    await one.submit('a', () => ({ draft: { facts: [{ type: 'tombstone', name: 'end' }] }, answer: 0 }));
    await store.eraseBelow('a', 4);
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
    try {
      // Its place, 3, is free again; after the tombstone it is 5.
      expect(await other.submit('a', say('late'))).toBe(5);
      expect((await store.read('a', 0, 10)).map(({ n }) => n)).toEqual([4, 5]);
    } finally {
      vi.restoreAllMocks();
    }
  });

  test('erases nothing of a store that was set back under it', async () => {
    const [store, older] = [new MemoryStore(), new MemoryStore()];
    const one = openSharedTrails(store);
    for (let n = 0; n < 3; n++) await one.submit('a', say('x'));
    for (const commit of await store.read('a', 0, 2)) await older.append(commit);
    let held: MemoryStore = store;
    const swapped = new Proxy(store, {
      get: (_target, name) => {
        const member: unknown = Reflect.get(held, name);
        return typeof member === 'function' ? (member.bind(held) as unknown) : member;
      },
    });
    const other = openSharedTrails(swapped);
    await other.open('a');
    held = older;
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
    try {
      await expect(other.submit('a', say('late'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    } finally {
      vi.restoreAllMocks();
    }
    expect((await older.read('a', 0, 2)).map(({ n }) => n)).toEqual([0, 1]);
  });
});

describe('questions whether places are taken', () => {
  test('that are asked together travel together', async () => {
    const store = new MemoryStore();
    const asked = vi.spyOn(store, 'taken');
    const news = new News(store);
    await openSharedTrails(store).submit('a7', say('x'));
    asked.mockClear();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => news.taken({ stream: `a${i}`, n: 0 })),
    );
    expect(answers.map((taken, i) => (taken ? i : -1)).filter((i) => i >= 0)).toEqual([7]);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test('fail together, and the next ones are asked anew', async () => {
    const store = new MemoryStore();
    const news = new News(store);
    vi.spyOn(store, 'taken').mockRejectedValueOnce(new Error('away'));
    const asked = [news.taken({ stream: 'a', n: 0 }), news.taken({ stream: 'b', n: 0 })];
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await news.taken({ stream: 'a', n: 0 })).toBe(false);
  });
});

test('many who want what was written by now share one reading of the store', async () => {
  const store = new MemoryStore();
  const [one, other] = [openSharedTrails(store), openSharedTrails(store)];
  await other.open('a');
  await one.submit('a', say('x'));
  const read = vi.spyOn(store, 'read');
  await Promise.all(Array.from({ length: 200 }, () => seen(other)));
  // One that is under way, and the one after it, each with the empty page that ends it.
  expect(read.mock.calls.length).toBeLessThanOrEqual(4);
});
