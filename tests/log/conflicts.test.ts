import { describe, expect, test } from 'vitest';
import { decodeCommit } from '../../control-plane/src/log/codec.ts';
import { lossyStore } from '../support/lossy-store.ts';
import { note, openTrails, say } from '../support/counter-model.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { storeWith } from '../support/store-with.ts';

describe('two writers of one stream', () => {
  test('the loser of a place folds the winner in and decides again', async () => {
    const store = new MemoryStore();
    const [one, other] = [openTrails(store), openTrails(store)];
    await Promise.all([one.open('a'), other.open('a')]);
    expect(await one.submit('a', say('from one'))).toBe(1);
    expect(await other.submit('a', say('from the other'))).toBe(2);
    expect(await one.submit('a', say('from one'))).toBe(3);
    expect((await one.open('a')).state).toEqual((await openTrails(store).open('a')).state);
  });

  test('a decision is made on what the winner wrote', async () => {
    const store = new MemoryStore();
    const [one, other] = [openTrails(store), openTrails(store)];
    await Promise.all([one.open('a'), other.open('a')]);
    const once = (state: { seen: readonly string[] }) => {
      if (state.seen.length > 0) throw new Error('taken');
      return note('mine')(state, { n: 0, nextId: 1, at: 0 });
    };
    const outcomes = await Promise.allSettled([one.submit('a', once), other.submit('a', once)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('many commands from both sides each take effect once', async () => {
    const store = new MemoryStore();
    const writers = [openTrails(store), openTrails(store), openTrails(store)];
    const texts = Array.from({ length: 60 }, (_, i) => `post ${i}`);
    await Promise.all(
      texts.map((text, i) => (writers[i % 3] as (typeof writers)[number]).submit('a', say(text))),
    );
    const bodies = (await store.read('a', 0, 1_000)).flatMap((stored) =>
      decodeCommit(stored).entries.map(({ body }) => body),
    );
    expect(bodies.map((body) => (body as { text: string }).text).sort()).toEqual([...texts].sort());
  });
});

describe('an insert whose answer is lost', () => {
  test('is recognised as our own by its id', async () => {
    const store = new MemoryStore();
    const trails = openTrails(lossyStore(store, { loseAnswers: 1 }));
    expect(await trails.submit('a', say('one'))).toBe(1);
    expect(await store.read('a', 0, 10)).toHaveLength(1);
    expect(await trails.submit('a', say('two'))).toBe(2);
  });

  test('twice in a row leaves the caller without an answer, and the stream usable', async () => {
    const store = new MemoryStore();
    const trails = openTrails(lossyStore(store, { loseAnswers: 2 }));
    await expect(trails.submit('a', say('one'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const seen = async () => ((await trails.open('a')).state.seen.length > 0 ? true : undefined);
    expect(await trails.wait('a', seen, 10_000)).toBe(true);
    // It was applied all the same: the next command must stand after it, not in its place.
    expect(await trails.submit('a', say('two'))).toBe(2);
    expect((await trails.open('a')).state).toEqual((await openTrails(store).open('a')).state);
  });
});

describe('a store that is away', () => {
  test('refuses the commands and loses none that was acknowledged', async () => {
    const store = new MemoryStore();
    let away = false;
    const shaky = storeWith(store, {
      append: (...args: Parameters<MemoryStore['append']>) =>
        away ? Promise.reject(new Error('away')) : store.append(...args),
    });
    const trails = openTrails(shaky);
    await trails.submit('a', say('one'));
    away = true;
    const refused = await Promise.allSettled([trails.submit('a', say('x')), trails.submit('a', say('y'))]);
    expect(refused.map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual([
      'STORE_UNAVAILABLE',
      'STORE_UNAVAILABLE',
    ]);
    away = false;
    expect(await trails.submit('a', say('two'))).toBe(2);
  });
});
