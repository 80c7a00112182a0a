import { describe, expect, test, vi } from 'vitest';
import { decodeCommit } from '../../control-plane/src/log/codec.ts';
import type { CommitStore } from '../../control-plane/src/log/store.ts';
import { FakeClock, note, openTrails, say } from '../support/counter-model.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { storeWith } from '../support/store-with.ts';

const commitsOf = async (store: CommitStore, stream = 'a') =>
  (await store.read(stream, 0, 1_000)).map(decodeCommit);

describe('writing', () => {
  test('commits count from 0, entries from 1, both without gaps', async () => {
    const store = new MemoryStore();
    const trails = openTrails(store);
    for (const text of ['one', 'two', 'three']) await trails.submit('a', say(text));
    const commits = await commitsOf(store);
    expect(commits.map(({ n, first }) => [n, first])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(commits.flatMap(({ entries }) => entries.map(({ id }) => id))).toEqual([1, 2, 3]);
  });

  test('a commit may hold no entry; the next still takes the same id', async () => {
    const store = new MemoryStore();
    const trails = openTrails(store);
    await trails.submit('a', note('x'));
    expect(await trails.submit('a', say('one'))).toBe(1);
    expect((await commitsOf(store)).map(({ first }) => first)).toEqual([1, 1]);
  });

  test('the first commit names the format, the others do not', async () => {
    const store = new MemoryStore();
    const trails = openTrails(store);
    await trails.submit('a', say('one'));
    await trails.submit('a', say('two'));
    const formats = (await commitsOf(store)).map(({ facts }) =>
      facts.filter(({ type }) => type === 'format'),
    );
    expect(formats.map((facts) => facts.length)).toEqual([1, 0]);
    expect(formats[0]?.[0]).toMatchObject({
      version: 1,
      hash: 'SHA-256',
      canonical: 'RFC 8785',
      salt_bytes: 16,
    });
  });

  test('every entry and fact has a salt of its own', async () => {
    const store = new MemoryStore();
    const trails = openTrails(store);
    await Promise.all(
      [say('one'), say('two'), note('x')].map((decide) => trails.submit<unknown>('a', decide)),
    );
    const salts = (await commitsOf(store)).flatMap(({ entries, facts }) =>
      [...entries, ...facts].map(({ salt }) => salt),
    );
    expect(salts.every((salt) => /^[0-9a-f]{32}$/.test(salt))).toBe(true);
    expect(new Set(salts).size).toBe(salts.length);
  });

  test('time never runs backwards in a stream, whatever the clock does', async () => {
    const store = new MemoryStore();
    const clock = new FakeClock(5_000);
    const trails = openTrails(store, clock);
    await trails.submit('a', say('one'));
    clock.ms = 3_000;
    await trails.submit('a', say('two'));
    expect((await commitsOf(store)).map(({ at }) => at)).toEqual([5_000, 5_000]);
  });

  test('commands that arrive while a commit is under way share the next one, each with its own answer', async () => {
    const store = new MemoryStore();
    const gate = Promise.withResolvers<void>();
    const slow = storeWith(store, {
      append: async (...args: Parameters<CommitStore['append']>) => {
        await gate.promise;
        return store.append(...args);
      },
    });
    const trails = openTrails(slow);
    const first = trails.submit('a', say('one'));
    await trails.open('a');
    await Promise.resolve();
    const rest = ['two', 'three', 'four'].map((text) => trails.submit('a', say(text)));
    gate.resolve();
    expect(await Promise.all([first, ...rest])).toEqual([1, 2, 3, 4]);
    expect((await commitsOf(store)).length).toBeLessThanOrEqual(2);
  });

  test('the effect of a hook has a commit of its own', async () => {
    const store = new MemoryStore();
    const trails = openTrails(store);
    const effect = (cause: number) => () => ({
      draft: { cause, facts: [{ type: 'note', name: `hook ${cause}` }] },
      answer: cause,
    });
    await Promise.all([
      trails.submit('a', say('one')),
      trails.submit('a', effect(1)),
      trails.submit('a', say('two')),
      trails.submit('a', effect(2)),
    ]);
    const commits = await commitsOf(store);
    expect(commits.map(({ cause }) => cause)).toEqual([undefined, 1, undefined, 2]);
    expect((await trails.open('a')).state.seen).toEqual(['entry 1', 'fact hook 1', 'entry 2', 'fact hook 2']);
  });

  test('a refused command writes nothing and does not disturb its neighbours', async () => {
    const store = new MemoryStore();
    const trails = openTrails(store);
    const refuse = () => {
      throw new Error('refused');
    };
    const outcomes = await Promise.allSettled([
      trails.submit('a', say('one')),
      trails.submit('a', refuse),
      trails.submit('a', say('two')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await trails.open('a')).folded.nextId).toBe(3);
  });

  test('an answer without a draft writes nothing', async () => {
    const store = new MemoryStore();
    const trails = openTrails(store);
    expect(await trails.submit('a', () => ({ answer: 'known' }))).toBe('known');
    expect(await commitsOf(store)).toEqual([]);
  });
});

describe('folding', () => {
  test('commands that shared a commit fold to what they led to one by one', async () => {
    const store = new MemoryStore();
    const trails = openTrails(store);
    await Promise.all(
      [say('a'), note('x'), note('y'), say('b'), note('z')].map((decide) =>
        trails.submit<unknown>('a', decide),
      ),
    );
    const live = (await trails.open('a')).state;
    expect(live.seen).toEqual(['entry 1', 'fact x', 'fact y', 'entry 2', 'fact z']);
    expect((await openTrails(store).open('a')).state).toEqual(live);
  });

  test.each([
    ['a missing commit', { n: 2, first: 2 }],
    ['an entry id that skips', { n: 1, first: 3 }],
    ['an entry id that repeats', { n: 1, first: 1 }],
  ])('%s is refused', async (_what, { n, first }) => {
    const store = new MemoryStore();
    await openTrails(store).submit('a', say('one'));
    const commit = { stream: 'a', n, id: 'x', first, at: 1, entries: [], facts: [], tags: [] };
    await store.append({ stream: 'a', n, id: 'x', at: 1, tags: [], payload: JSON.stringify(commit) });
    await expect(openTrails(store).open('a')).rejects.toThrow(/Stream a is broken/);
  });

  test("a payload under another commit's key is refused", async () => {
    const store = new MemoryStore();
    await openTrails(store).submit('b', say('one'));
    const [stored] = await store.read('b', 0, 1);
    if (stored) await store.append({ ...stored, stream: 'a' });
    await expect(openTrails(store).open('a')).rejects.toThrow(/another commit's payload/);
  });

  test('a tombstone may open a stream at any number', async () => {
    const store = new MemoryStore();
    const trails = openTrails(store);
    await trails.submit('a', say('one'));
    await trails.submit('a', () => ({
      draft: { facts: [{ type: 'tombstone', name: 'gone' }] },
      answer: null,
    }));
    await store.eraseBelow('a', 1);
    const { folded } = await openTrails(store).open('a');
    expect(folded).toMatchObject({ n: 1, nextId: 2, state: { seen: ['fact gone'] } });
  });

  test('a snapshot stands in for what it covers, unless another fold wrote it', async () => {
    const store = new MemoryStore();
    await openTrails(store).submit('a', say('one'));
    const text = JSON.stringify({ state: { seen: ['from the snapshot'] }, n: 0, nextId: 2, at: 1 });
    await store.putSnapshot({ stream: 'a', n: 0, version: 1, text });
    expect((await openTrails(store).open('a')).state.seen).toEqual(['from the snapshot']);
    await store.putSnapshot({ stream: 'a', n: 0, version: 99, text });
    expect((await openTrails(store).open('a')).state.seen).toEqual(['entry 1']);
  });

  test('a thousand commits leave a snapshot that folds to the same', async () => {
    const store = new MemoryStore();
    const trails = openTrails(store);
    for (let i = 0; i < 1_001; i++) await trails.submit('a', note(`${i}`));
    expect((await store.snapshot('a'))?.n).toBe(999);
    expect((await openTrails(store).open('a')).state).toEqual((await trails.open('a')).state);
  });
});

describe('streams beyond the number that is kept', () => {
  test('are let go of, the least recently used first, but never with a commit under way', async () => {
    const disk = new MemoryStore();
    const held = Promise.withResolvers<void>();
    const append: CommitStore['append'] = async (commit, attachments) => {
      if (commit.stream === 'busy') await held.promise;
      return disk.append(commit, attachments);
    };
    const trails = openTrails(storeWith(disk, { append }), new FakeClock(), 1);
    const busy = await trails.open('busy');
    const written = trails.submit('busy', say('one'));
    await vi.waitFor(() => expect(busy.idle).toBe(false), 20_000);
    const quiet = await trails.open('quiet');
    const third = await trails.open('third');
    await vi.waitFor(async () => expect(await trails.open('quiet')).not.toBe(quiet), 20_000);
    expect(await trails.open('third')).not.toBe(third);
    expect(await trails.open('busy')).toBe(busy);
    held.resolve();
    expect(await written).toBe(1);
    expect((await trails.open('busy')).folded.n).toBe(0);
  });
});
