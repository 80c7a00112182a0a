import { describe, expect, test } from 'vitest';
import { FakeWorld, pass, settle } from './support/fake-sandbox.ts';
import { call, program } from './support/programs.ts';

const NOTHING = { starting: 0, blank: 0, idle: 0, busy: 0, removing: 0 };

describe('blank containers', () => {
  test('are started one after the other, so many a second, up to the size of the pool', async () => {
    await using world = new FakeWorld({ poolSize: 3, poolRefillPerS: 2 });
    const counts: number[] = [];
    for (const ms of [0, 1, 499, 500, 5000]) {
      await pass(ms);
      counts.push(world.sandbox.status().containers.blank);
    }
    expect(counts).toEqual([0, 1, 2, 3, 3]);
  });

  test('go to the bots that come first, each to one, and are replaced', async () => {
    await using world = new FakeWorld({ poolSize: 2 });
    await pass(1000);
    const bots = [program('a'), program('b'), program('c')] as const;
    expect(await world.sandbox.check(bots[0])).toMatchObject({ outcome: 'ok' });
    expect(await world.sandbox.run(bots[1], call())).toMatchObject({ outcome: 'ok' });
    expect(await world.sandbox.run(bots[0], call())).toMatchObject({ outcome: 'ok' });
    expect(world.claims).toEqual(['warm', 'warm', 'held']);
    await pass(1000);
    expect(world.sandbox.status().containers).toEqual({ ...NOTHING, blank: 2, idle: 2 });
    await world.sandbox.run(bots[2], call());
    expect(world.launcher.started.map(({ runner }) => runner.loaded)).toEqual(
      [['a'], ['b'], ['c'], [], []].slice(0, world.launcher.started.length),
    );
  });

  test('are never handed to a second bot after their first', async () => {
    await using world = new FakeWorld({ poolSize: 2, maxContainers: 3, idleMs: 100 });
    for (let round = 0; round < 12; round++) {
      const bot = program(`source ${round}`);
      await world.sandbox.run(bot, call());
      if (round % 3 === 0) await world.sandbox.release(bot.key);
      if (round % 2 === 0) await pass(400);
    }
    const sources = world.launcher.started.map(({ runner }) => new Set(runner.loaded).size);
    expect(Math.max(...sources)).toBe(1);
    expect(sources.filter((count) => count === 1)).toHaveLength(12);
  });

  test('that are on their way are waited for rather than started again', async () => {
    await using world = new FakeWorld({ poolSize: 1 });
    const starts = Promise.withResolvers<void>();
    world.launcher.holdStarts = starts.promise;
    await pass(1);
    const running = world.sandbox.run(program('a'), call());
    await settle();
    expect(world.launcher.attempts).toBe(1);
    starts.resolve();
    expect(await running).toMatchObject({ outcome: 'ok' });
    expect(world.claims).toEqual(['cold']);
  });

  test('that die are replaced', async () => {
    await using world = new FakeWorld({ poolSize: 2 });
    await pass(1000);
    world.launcher.live[0]?.die();
    await settle();
    expect(world.sandbox.status().containers.blank).toBe(1);
    expect(world.kills).toEqual(['lost']);
    await pass(1500);
    expect(world.sandbox.status().containers.blank).toBe(2);
    expect(world.launcher.live).toHaveLength(2);
  });

  test('are tried for ever more seldom while the engine is away, and come when it is back', async () => {
    await using world = new FakeWorld({ poolSize: 4 });
    world.launcher.failure = new Error('The engine is away.');
    await pass(60_000);
    // After 0, 1, 3, 7, 15, 31 s, and from then on every 30 s.
    expect(world.launcher.attempts).toBe(6);
    world.launcher.failure = undefined;
    await pass(32_000);
    expect(world.sandbox.status().containers.blank).toBe(4);
  });

  test('do not serve a bot with other limits', async () => {
    await using world = new FakeWorld({ poolSize: 1 });
    await pass(100);
    await world.sandbox.run(program('a', { memoryBytes: 1 << 20 }), call());
    expect(world.claims).toEqual(['cold']);
    expect(world.launcher.started[1]?.limits.memoryBytes).toBe(1 << 20);
    expect(world.sandbox.status().containers).toEqual({ ...NOTHING, blank: 1, idle: 1 });
  });

  test('give way at the cap, and are not made in the place of a bot', async () => {
    await using world = new FakeWorld({ poolSize: 2, maxContainers: 2 });
    await pass(1000);
    const odd = program('a', { processes: 5 });
    expect(await world.sandbox.run(odd, call())).toMatchObject({ outcome: 'ok' });
    expect(await world.sandbox.run(program('b'), call())).toMatchObject({ outcome: 'ok' });
    await pass(5000);
    expect(world.sandbox.status().containers).toEqual({ ...NOTHING, idle: 2 });
    expect(await world.sandbox.run(odd, call())).toMatchObject({ outcome: 'ok' });
    expect(world.claims).toEqual(['cold', 'warm', 'held']);
  });

  test('wait while bots’ own starts wait', async () => {
    await using world = new FakeWorld({ poolSize: 4 });
    const starts = Promise.withResolvers<void>();
    world.launcher.holdStarts = starts.promise;
    const odd = Array.from({ length: 6 }, () => program('a', { processes: 5 }));
    const running = odd.map((bot) => world.sandbox.run(bot, call()));
    await pass(5000);
    expect(world.launcher.attempts).toBe(4);
    world.launcher.holdStarts = undefined;
    starts.resolve();
    await Promise.all(running);
    expect(world.launcher.started.slice(0, 6).map(({ limits }) => limits.processes)).toEqual(
      Array(6).fill(5),
    );
    await pass(2000);
    expect(world.sandbox.status().containers).toEqual({ ...NOTHING, blank: 4, idle: 6 });
  });

  test('are gone when the sandbox is closed, those on their way too', async () => {
    const world = new FakeWorld({ poolSize: 2, poolRefillPerS: 1 });
    await pass(500);
    const starts = Promise.withResolvers<void>();
    world.launcher.holdStarts = starts.promise;
    await pass(1000);
    expect(world.sandbox.status().containers).toEqual({ ...NOTHING, starting: 1, blank: 1 });
    const closing = world[Symbol.asyncDispose]();
    starts.resolve();
    await closing;
    expect(world.launcher.live).toEqual([]);
  });
});

describe('a held container', () => {
  test('that leaves residue is not used again, and the answer stands', async () => {
    await using world = new FakeWorld();
    const bot = program('a');
    await world.sandbox.check(bot);
    world.launcher.started.forEach(({ runner }) => {
      runner.leavesResidue = true;
    });
    expect(await world.sandbox.run(bot, call())).toMatchObject({ outcome: 'ok' });
    expect(await world.sandbox.run(bot, call())).toMatchObject({ outcome: 'ok' });
    expect(world.launcher.started.map(({ runner }) => runner.hooks)).toEqual([1, 1]);
    expect(world.kills).toEqual(['residue']);
  });

  test('that loading left residue in was not lost under the hook', async () => {
    await using world = new FakeWorld({ poolSize: 1 });
    await pass(100);
    Object.assign(world.launcher.started[0]!.runner, { leavesResidue: true });
    const bot = program('a');
    expect(await world.sandbox.run(bot, call())).toMatchObject({ outcome: 'not_run', lostContainer: false });
    expect(await world.sandbox.run(bot, call())).toMatchObject({ outcome: 'ok' });
    expect(world.launcher.started[0]?.runner.asked).toEqual(['load']);
  });

  test('has imported what its code imports before its first hook', async () => {
    await using world = new FakeWorld({ poolSize: 1 });
    await pass(100);
    const [blank] = world.launcher.started;
    const ok = { class_name: 'Fake', uses_network: true, imports: ['json', 'requests', 'a b', 7] };
    Object.assign(blank!.runner, { loads: { ok } });
    const bot = program('a');
    expect(await world.sandbox.check(bot)).toMatchObject({ outcome: 'ok', usesNetwork: true });
    expect(await world.sandbox.run(bot, call())).toMatchObject({ outcome: 'ok' });
    expect(blank?.runner.asked).toEqual(['load', 'import', 'hook']);
    expect(blank?.runner.imported).toEqual(['json requests']);
  });

  test('that is lost is told and logged, with what its runner last said', async () => {
    const warnings: object[] = [];
    const log = { info: () => undefined, warn: (fields: object) => void warnings.push(fields) };
    await using world = new FakeWorld({ log });
    await world.sandbox.check(program('a'));
    world.launcher.live[0]?.runner.writeError('Traceback: out of luck');
    world.launcher.live[0]?.runner.write(Buffer.from('no frame at all'));
    await settle();
    expect(warnings).toMatchObject([
      { container: 'fake-0', cause: 'misused', stderr: 'Traceback: out of luck' },
    ]);
    expect(world.kills).toEqual(['lost']);
    expect(world.launcher.live).toEqual([]);
  });

  test('runs no hook in another image than was announced, and tells that image', async () => {
    await using world = new FakeWorld();
    const bot = program('a');
    const announced = call([], { runtime: 'sha256:fake' });
    expect(await world.sandbox.check(bot)).toMatchObject({ outcome: 'ok', runtime: 'sha256:fake' });
    expect(await world.sandbox.run(bot, announced)).toMatchObject({ outcome: 'ok' });
    world.launcher.digest = 'sha256:other';
    expect(await world.sandbox.run(bot, announced)).toMatchObject({ outcome: 'ok' });
    world.launcher.live[0]?.die();
    await settle();
    const refused = await world.sandbox.run(bot, announced);
    expect(refused).toMatchObject({ outcome: 'not_run', runtime: 'sha256:other', lostContainer: false });
    expect(world.launcher.live[0]?.runner.hooks).toBe(0);
    expect(await world.sandbox.run(bot, call([], { runtime: 'sha256:other' }))).toMatchObject({
      outcome: 'ok',
    });
  });
});
