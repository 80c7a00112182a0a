import { beforeEach, describe, expect, test, vi } from 'vitest';
import { decodeCommit } from '../../control-plane/src/log/codec.ts';
import type { CommitStore } from '../../control-plane/src/log/store.ts';
import { openSharedTrails, say } from '../support/counter-model.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { type Ending, RollingBackStore } from '../support/rolling-back-store.ts';
import { storeWith } from '../support/store-with.ts';

const pauses = vi.hoisted(() => ({ ms: [] as number[], meanwhile: async () => {} }));

/** Pauses take no time: what they are for happens in them. */
vi.mock('node:timers/promises', () => ({
  setTimeout: async (ms: number) => {
    pauses.ms.push(ms);
    await pauses.meanwhile();
  },
}));

const ENDINGS: readonly Ending[] = ['confirmed', 'rolled back'];

/** What the store holds of a stream, as `id text`. */
async function held(store: CommitStore): Promise<readonly string[]> {
  const entries = (await store.read('a', 0, 1_000)).flatMap((stored) => decodeCommit(stored).entries);
  return entries.map(({ id, body }) => `${id} ${(body as { text: string }).text}`);
}

describe('a failover that leaves a commit unconfirmed', () => {
  beforeEach(() => {
    pauses.ms = [];
    pauses.meanwhile = async () => {};
  });

  test.each(ENDINGS)(
    'and then has it %s: it counts once, with the id it was acknowledged with',
    async (ending) => {
      const primary = new RollingBackStore(new MemoryStore());
      const streams = openSharedTrails(primary.store);
      expect(await streams.submit('a', say('before'))).toBe(1);
      primary.loseMajority();
      pauses.meanwhile = async () => {
        if (pauses.ms.length === 3) await primary.end(ending);
      };
      expect(await streams.submit('a', say('during'))).toBe(2);
      expect(await streams.submit('a', say('after'))).toBe(3);
      expect(await held(primary.store)).toEqual(['1 before', '2 during', '3 after']);
    },
  );

  test.each(ENDINGS)(
    'for longer than anybody waits is STORE_UNAVAILABLE after growing pauses; once it is %s the stream goes on',
    async (ending) => {
      const primary = new RollingBackStore(new MemoryStore());
      const streams = openSharedTrails(primary.store);
      await streams.submit('a', say('before'));
      const before = primary.appends;
      primary.loseMajority();
      await expect(streams.submit('a', say('lost?'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(primary.appends - before).toBeLessThan(15);
      expect(pauses.ms).toEqual(pauses.ms.toSorted((one, other) => one - other));
      expect(pauses.ms.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(1_000);
      await primary.end(ending);
      const stays = ending === 'confirmed' ? ['2 lost?'] : [];
      expect(await streams.submit('a', say('after'))).toBe(2 + stays.length);
      expect(await held(primary.store)).toEqual(['1 before', ...stays, `${2 + stays.length} after`]);
    },
  );

  test('and rolls it back, while another server takes its place: it is decided anew after that', async () => {
    const primary = new RollingBackStore(new MemoryStore());
    const [one, other] = [openSharedTrails(primary.store), openSharedTrails(primary.store)];
    await one.submit('a', say('before'));
    primary.loseMajority();
    pauses.meanwhile = async () => {
      if (pauses.ms.length !== 2) return;
      await primary.end('rolled back');
      expect(await other.submit('a', say('of the other'))).toBe(2);
    };
    expect(await one.submit('a', say('of the one'))).toBe(3);
    expect(await held(primary.store)).toEqual(['1 before', '2 of the other', '3 of the one']);
  });

  test.each(Array.from({ length: 25 }, (_, seed) => seed + 1))(
    'again and again under two servers, with lost answers: nothing acknowledged is lost or there twice (seed %i)',
    async (seed) => {
      const chance = seeded(seed);
      const primary = new RollingBackStore(new MemoryStore());
      const flaky = storeWith(primary.store, {
        append: async (commit, attachments) => {
          if (chance() < 0.3) primary.loseMajority();
          const result = await primary.store.append(commit, attachments);
          if (chance() < 0.2) throw new Error('the answer was lost');
          return result;
        },
      });
      pauses.meanwhile = async () => {
        await new Promise(setImmediate);
        if (chance() < 0.4) await primary.end(chance() < 0.5 ? 'confirmed' : 'rolled back');
      };
      const acknowledged: string[] = [];
      const refusals = new Set<string | undefined>();
      const servers = [openSharedTrails(flaky), openSharedTrails(flaky)];
      const writing = servers.map(async (streams, server) => {
        for (let k = 0; k < 30; k++) {
          const name = `${server}-${k}`;
          await streams.submit('a', say(name)).then(
            (id) => acknowledged.push(`${id} ${name}`),
            (error: unknown) => refusals.add((error as { code?: string }).code),
          );
        }
      });
      await Promise.all(writing);
      expect([...refusals]).toEqual(['STORE_UNAVAILABLE']);
      await primary.end('rolled back');
      const log = await held(primary.store);
      expect(log.map((line) => Number.parseInt(line, 10))).toEqual(log.map((_, at) => at + 1));
      expect(acknowledged.filter((line) => !log.includes(line))).toEqual([]);
      const texts = log.map((line) => line.split(' ')[1]);
      expect(new Set(texts).size).toBe(texts.length);
      expect(acknowledged.length).toBeGreaterThan(5);
    },
  );
});

/** Chance that comes again with its seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
