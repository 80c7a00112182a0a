import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { BotContainer } from '../../control-plane/src/sandbox/containers/container.ts';
import { NoCapacityError } from '../../control-plane/src/sandbox/containers/places.ts';
import { ContainerPool, type PoolOptions } from '../../control-plane/src/sandbox/containers/pool.ts';
import { LIMITS, program } from './support/programs.ts';

const WAIT_MS = 5_000;

/** A container without a container: it can be lost, and is gone when it is removed. */
class FakeContainer {
  readonly #lost = Promise.withResolvers<{ residue: boolean }>();
  isLost = false;
  removed = false;
  loaded: string | undefined;
  readonly name = 'fake';

  get lost() {
    return this.#lost.promise;
  }

  lose(): void {
    this.isLost = true;
    this.#lost.resolve({ residue: false });
  }

  async cleared(): Promise<void> {}

  async remove(): Promise<void> {
    this.removed = true;
  }
}

/** A pool on fake containers and fake timers. */
function startPool(options: Partial<PoolOptions> & { poolSize?: number } = {}) {
  vi.useFakeTimers();
  const made: FakeContainer[] = [];
  const claims: string[] = [];
  let failing = false;
  const pool = new ContainerPool({
    idleMs: 60_000,
    maxContainers: 2,
    capacityWaitMs: WAIT_MS,
    blank: { size: options.poolSize ?? 0, refillPerS: 4, limits: LIMITS },
    log: { info: () => undefined, warn: () => undefined },
    async start() {
      if (failing) throw new Error('The engine is away.');
      const container = new FakeContainer();
      made.push(container);
      return container as unknown as BotContainer;
    },
    onClaim: (source) => void claims.push(source),
    ...options,
  });
  onTestFinished(async () => {
    await pool.close();
    vi.useRealTimers();
  });
  return { pool, made, claims, fail: (on: boolean) => (failing = on) };
}

/** A bot of a group that is at work until it is told to stop. */
function work(pool: ContainerPool, group: string) {
  const bot = { ...program(''), group };
  const end = Promise.withResolvers<void>();
  const started = Promise.withResolvers<BotContainer>();
  const done = pool.use(bot, async (container) => {
    started.resolve(container);
    await end.promise;
  });
  done.catch((error: unknown) => started.reject(error));
  started.promise.catch(() => undefined);
  return { key: bot.key, started: started.promise, stop: () => (end.resolve(), done), done };
}

/** What a promise comes to, its error where it fails. */
const outcome = (done: Promise<unknown>) => done.catch((error: unknown) => error);
const settle = () => vi.advanceTimersByTimeAsync(0);

describe('blank containers', () => {
  test('are made up to the size of the pool, no faster than the refill allows', async () => {
    const { pool } = startPool({ poolSize: 3, maxContainers: 10 });
    await settle();
    expect(pool.status().containers.blank).toBe(1);
    await vi.advanceTimersByTimeAsync(249);
    expect(pool.status().containers.blank).toBe(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(pool.status().containers.blank).toBe(3);
  });

  test('are each taken by one bot, and replaced', async () => {
    const { pool, claims } = startPool({ poolSize: 1, maxContainers: 10 });
    await settle();
    const one = work(pool, 'a');
    const first = await one.started;
    await vi.advanceTimersByTimeAsync(1_000);
    const two = work(pool, 'a');
    expect(await two.started).not.toBe(first);
    expect(claims).toEqual(['warm', 'warm']);
    await Promise.all([one.stop(), two.stop()]);
  });

  test('are not given to a bot with other limits', async () => {
    const { pool, claims } = startPool({ poolSize: 1, maxContainers: 10 });
    await settle();
    await pool.use(program('', { memoryBytes: 1 }), async () => undefined);
    expect(claims).toEqual(['cold']);
    expect(pool.status().containers.blank).toBe(1);
  });

  test('that die are removed and replaced', async () => {
    const { pool, made } = startPool({ poolSize: 1, maxContainers: 10 });
    await settle();
    made[0]?.lose();
    await settle();
    expect(made[0]?.removed).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(pool.status().containers.blank).toBe(1);
  });

  test('give way to a bot that none of them fits', async () => {
    const { pool } = startPool({ poolSize: 2, maxContainers: 2 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(pool.status().containers.blank).toBe(2);
    await pool.use(program('', { memoryBytes: 1 }), async () => undefined);
    expect(pool.status().containers.blank).toBe(1);
  });

  test('are tried again at growing intervals while the engine is away', async () => {
    const start = vi.fn<PoolOptions['start']>().mockRejectedValue(new Error('The engine is away.'));
    startPool({ poolSize: 1, maxContainers: 10, start });
    await vi.advanceTimersByTimeAsync(10_000);
    // At 0, 0.5, 1.5, 3.5 and 7.5 s.
    expect(start).toHaveBeenCalledTimes(5);
  });
});

describe('at the cap', () => {
  test('an idle container gives way at once', async () => {
    const { pool, made } = startPool();
    for (const group of ['a', 'b', 'c']) await work(pool, group).stop();
    expect(made.map(({ removed }) => removed)).toEqual([true, false, false]);
  });

  test('the group that holds most gives way first', async () => {
    const { pool, made } = startPool({ maxContainers: 3 });
    for (const group of ['modest', 'greedy', 'greedy', 'new']) await work(pool, group).stop();
    expect(made.map(({ removed }) => removed)).toEqual([false, true, false, false]);
  });

  test('those who wait take turns by group, whatever the order they came in', async () => {
    const { pool } = startPool({ maxContainers: 1 });
    const first = work(pool, 'greedy');
    await first.started;
    const order: string[] = [];
    const waiting = ['greedy', 'greedy', 'modest', 'greedy', 'late'].map((group) => {
      const one = work(pool, group);
      void one.started.then(() => (order.push(group), one.stop()));
      return one.done;
    });
    await settle();
    expect(pool.status()).toMatchObject({ waiting: 5, containers: { busy: 1 } });
    await first.stop();
    await Promise.all(waiting);
    expect(order).toEqual(['greedy', 'modest', 'late', 'greedy', 'greedy']);
    expect(pool.status().waiting).toBe(0);
  });

  test('a wait in vain ends with its own error, and its place in the queue with it', async () => {
    const { pool } = startPool({ maxContainers: 1 });
    const holder = work(pool, 'a');
    await holder.started;
    const late = work(pool, 'b');
    const [refused] = await Promise.all([outcome(late.done), vi.advanceTimersByTimeAsync(WAIT_MS)]);
    expect(refused).toBeInstanceOf(NoCapacityError);
    expect(pool.status().waiting).toBe(0);
    await holder.stop();
    await work(pool, 'c').stop();
  });

  test('more than five hundred do not wait', async () => {
    const { pool } = startPool({ maxContainers: 1 });
    const holder = work(pool, 'a');
    await holder.started;
    const waiting = Array.from({ length: 500 }, () => work(pool, 'b').done);
    await settle();
    await expect(work(pool, 'c').done).rejects.toThrow(NoCapacityError);
    await Promise.all([pool.close(), holder.stop(), Promise.allSettled(waiting)]);
  });

  test('a start that fails gives its place to the next', async () => {
    const { pool, fail } = startPool({ maxContainers: 1 });
    fail(true);
    await expect(work(pool, 'a').done).rejects.toThrow('The engine is away.');
    fail(false);
    await work(pool, 'a').stop();
  });
});

test('closing turns away those who wait and removes every container', async () => {
  const { pool, made } = startPool({ maxContainers: 1, poolSize: 1 });
  const holder = work(pool, 'a');
  await holder.started;
  const late = work(pool, 'b');
  await settle();
  const [refused] = await Promise.all([outcome(late.done), pool.close(), holder.stop()]);
  expect(refused).toBeInstanceOf(NoCapacityError);
  expect(made.every(({ removed }) => removed)).toBe(true);
});
