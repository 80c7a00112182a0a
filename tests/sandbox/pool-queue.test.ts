import { describe, expect, test } from 'vitest';
import { LauncherError } from '../../control-plane/src/launcher/port.ts';
import type { BotProgram } from '../../control-plane/src/sandbox/port.ts';
import { FakeWorld, pass, settle } from './support/fake-sandbox.ts';
import { call, program } from './support/programs.ts';

const bot = (group: string): BotProgram => ({ ...program('a'), group });

/** A sandbox in which as many bots of group `x` are at work as there may be containers. */
async function fullWorld(maxContainers = 1) {
  const world = new FakeWorld({ maxContainers });
  const work = Promise.withResolvers<void>();
  const bots = Array.from({ length: maxContainers }, () => bot('x'));
  for (const one of bots) await world.sandbox.check(one);
  for (const { runner } of world.launcher.live) runner.holdHooks = work.promise;
  const working = bots.map((one) => world.sandbox.run(one, call()));
  await settle();
  return { world, working, endWork: () => work.resolve() };
}

describe('while all containers are at work', () => {
  test('a bot waits, is counted, and runs as soon as one is done', async () => {
    const { world, endWork } = await fullWorld();
    await using _ = world;
    const waiting = world.sandbox.run(bot('y'), call());
    await pass(4900);
    expect(world.sandbox.status()).toMatchObject({ waiting: 1, containers: { busy: 1 } });
    endWork();
    expect(await waiting).toMatchObject({ outcome: 'ok' });
    expect(world.sandbox.status().waiting).toBe(0);
    expect(world.launcher.live).toHaveLength(1);
  });

  test('a bot that waited in vain is told that there is no capacity', async () => {
    const { world, working, endWork } = await fullWorld();
    await using _ = world;
    const results = Promise.all([world.sandbox.run(bot('y'), call()), world.sandbox.check(bot('z'))]);
    await pass(5000);
    expect(await results).toMatchObject([
      { outcome: 'not_run', noCapacity: true, lostContainer: false },
      { outcome: 'not_run', noCapacity: true },
    ]);
    expect(world.sandbox.status().waiting).toBe(0);
    endWork();
    expect(await Promise.all(working)).toMatchObject([{ outcome: 'ok' }]);
  });

  test('groups take turns, and within a group the first comes first', async () => {
    const { world, endWork } = await fullWorld();
    await using _ = world;
    const order: string[] = [];
    const groups = ['a', 'a', 'a', 'b', 'c', 'b'];
    const runs = groups.map(async (group, at) => {
      await world.sandbox.run(bot(group), call());
      order.push(`${group}${at}`);
    });
    await settle();
    expect(world.sandbox.status().waiting).toBe(6);
    endWork();
    await Promise.all(runs);
    expect(order).toEqual(['a0', 'b3', 'c4', 'a1', 'b5', 'a2']);
  });

  test('who comes later does not overtake those who wait', async () => {
    const { world, endWork } = await fullWorld();
    await using _ = world;
    const order: string[] = [];
    const first = world.sandbox.run(bot('a'), call()).then(() => order.push('first'));
    await settle();
    endWork();
    const second = world.sandbox.run(bot('a'), call()).then(() => order.push('second'));
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
  });

  test('when all seats are taken, the group that waits with most gives one up to another', async () => {
    const { world, endWork } = await fullWorld();
    await using _ = world;
    const crowd = Array.from({ length: 300 }, () => world.sandbox.run(bot('crowd'), call()));
    const single = world.sandbox.run(bot('single'), call());
    expect(await crowd.at(-1)).toMatchObject({ outcome: 'not_run', noCapacity: true });
    expect(world.sandbox.status().waiting).toBe(300);
    endWork();
    expect(await single).toMatchObject({ outcome: 'ok' });
    await Promise.all(crowd);
  });

  test('beyond some hundreds nobody waits', async () => {
    const { world } = await fullWorld();
    await using _ = world;
    const waiting = Array.from({ length: 300 }, () => world.sandbox.run(bot('y'), call()));
    await settle();
    expect(await world.sandbox.run(bot('y'), call())).toMatchObject({ outcome: 'not_run', noCapacity: true });
    await pass(5000);
    expect((await Promise.all(waiting)).map(({ outcome }) => outcome)).toEqual(Array(300).fill('not_run'));
  });

  test('closing sends those away who wait', async () => {
    const { world } = await fullWorld();
    const waiting = world.sandbox.run(bot('y'), call());
    await settle();
    await world[Symbol.asyncDispose]();
    expect(await waiting).toMatchObject({ outcome: 'not_run', noCapacity: false, lostContainer: false });
    expect(world.launcher.live).toEqual([]);
  });
});

describe('idle containers give way', () => {
  test('the longest idle one of the group that holds most', async () => {
    await using world = new FakeWorld({ maxContainers: 4 });
    const [one, two, three, four] = [bot('few'), bot('many'), bot('many'), bot('many')];
    for (const each of [one, two, three, four]) await world.sandbox.check(each);
    await world.sandbox.run(two, call());
    await world.sandbox.run(bot('new'), call());
    const used = world.launcher.live.map(({ id }) => id);
    // The third has been idle for longest in its group: the second ran once more.
    expect(used).toEqual(['0', '1', '3', '4']);
  });

  test('a place counts as taken until its container is gone', async () => {
    await using world = new FakeWorld({ maxContainers: 1 });
    await world.sandbox.check(bot('a'));
    const removal = Promise.withResolvers<void>();
    world.launcher.holdRemovals = removal.promise;
    const running = world.sandbox.run(bot('b'), call());
    await settle();
    expect(world.sandbox.status()).toMatchObject({ waiting: 1, containers: { removing: 1 } });
    expect(world.launcher.attempts).toBe(1);
    removal.resolve();
    expect(await running).toMatchObject({ outcome: 'ok' });
  });

  test('a place stays taken while its container cannot be removed, which is tried on', async () => {
    const warnings: object[] = [];
    const log = { info: () => undefined, warn: (fields: object) => void warnings.push(fields) };
    await using world = new FakeWorld({ maxContainers: 1, log });
    await world.sandbox.check(bot('a'));
    world.launcher.removalFailure = new Error('device or resource busy');
    const running = world.sandbox.run(bot('b'), call());
    await pass(2500);
    expect(world.sandbox.status()).toMatchObject({ waiting: 1, containers: { removing: 1 } });
    expect(warnings).toHaveLength(1);
    world.launcher.removalFailure = undefined;
    await pass(1000);
    expect(await running).toMatchObject({ outcome: 'ok' });
    expect(world.launcher.attempts).toBe(2);
  });

  test('a sandbox that closes gives up a container that cannot be removed', async () => {
    const world = new FakeWorld({ maxContainers: 1 });
    await world.sandbox.check(bot('a'));
    world.launcher.removalFailure = new Error('device or resource busy');
    await world[Symbol.asyncDispose]();
    expect(world.launcher.live).toHaveLength(1);
  });

  test('a start that fails frees its place', async () => {
    await using world = new FakeWorld({ maxContainers: 1 });
    world.launcher.failure = new Error('The engine is away.');
    const failed = await Promise.all([
      world.sandbox.run(bot('a'), call()),
      world.sandbox.run(bot('b'), call()),
    ]);
    expect(failed.map((result) => result.outcome)).toEqual(['not_run', 'not_run']);
    expect(world.starts).toEqual(['failed', 'failed']);
    world.launcher.failure = undefined;
    expect(await world.sandbox.run(bot('a'), call())).toMatchObject({ outcome: 'ok' });
  });

  test('a launcher that has all of its containers says that there is no capacity', async () => {
    await using world = new FakeWorld();
    world.launcher.failure = new LauncherError('full', 'All 1 containers are taken.');
    expect(await world.sandbox.run(bot('a'), call())).toMatchObject({ outcome: 'not_run', noCapacity: true });
  });

  test.each([
    ['is given the blank container that is on its way', {}, 1],
    ['gets the place of a blank container that does not fit', { processes: 5 }, 2],
  ])('who waits %s', async (_name, limits, attempts) => {
    await using world = new FakeWorld({ maxContainers: 1, poolSize: 1 });
    const starts = Promise.withResolvers<void>();
    world.launcher.holdStarts = starts.promise;
    await pass(1);
    const running = world.sandbox.run(program('a', limits), call());
    await settle();
    starts.resolve();
    expect(await running).toMatchObject({ outcome: 'ok' });
    expect(world.launcher.attempts).toBe(attempts);
    expect(world.launcher.live).toHaveLength(1);
  });
});
