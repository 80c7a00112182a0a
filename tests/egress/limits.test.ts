import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { egressLimits } from '../../control-plane/src/egress/limits.ts';
import { ManualClock } from '../support/manual-time.ts';
import { type BotEnd, echo, ended, firstOf, flood, serve, testEgress, TestHook } from './support.ts';

const KIB = 1024;

describe('the bytes of a hook', () => {
  it('are cut at the limit exactly, over all of its connections', async () => {
    await using server = await serve(flood);
    const { egress } = testEgress({ limits: { bytesInPerHook: 200_001 } });
    using hook = new TestHook(egress, [`127.0.0.1:${server.port}`]);
    const bots = [hook.ask('127.0.0.1', server.port), hook.ask('127.0.0.1', server.port)];
    await Promise.all(bots.map(ended));
    const records = hook.close();
    expect(records.map((each) => each.outcome)).toEqual(['over_limit', 'over_limit']);
    expect(records.reduce((sum, each) => sum + each.bytesIn, 0)).toBe(200_001);
  });

  it('may be as many as the limit', async () => {
    await using server = await serve(echo);
    const { egress } = testEgress({ limits: { bytesInPerHook: 1_000, bytesOutPerHook: 1_000 } });
    using hook = new TestHook(egress, [`127.0.0.1:${server.port}`]);
    const bot = hook.ask('127.0.0.1', server.port);
    await bot.answer();
    bot.stream.end(randomBytes(1_000));
    expect(await bot.rest()).toHaveLength(1_000);
    await ended(bot);
    expect(hook.close()).toMatchObject([{ outcome: 'closed', bytesIn: 1_000, bytesOut: 1_000 }]);
  });

  it('are limited outwards too, and the server never gets more', async () => {
    let arrived = 0;
    const over = Promise.withResolvers<void>();
    await using server = await serve((socket) =>
      socket.on('data', (chunk) => (arrived += chunk.length)).once('close', () => over.resolve()),
    );
    const { egress } = testEgress({ limits: { bytesOutPerHook: 100_000 } });
    using hook = new TestHook(egress, [`127.0.0.1:${server.port}`]);
    const bot = hook.ask('127.0.0.1', server.port);
    await bot.answer();
    bot.stream.write(randomBytes(60_000));
    bot.stream.write(randomBytes(60_000));
    await Promise.all([ended(bot), over.promise]);
    expect(arrived).toBeLessThanOrEqual(100_000);
    expect(hook.close()).toMatchObject([{ outcome: 'over_limit', bytesOut: 100_000 }]);
  });
});

describe('the connections of a hook', () => {
  it('are limited at once: one more is refused, until one has ended', async () => {
    await using server = await serve(echo);
    const { egress } = testEgress({ limits: { openPerHook: 2 } });
    using hook = new TestHook(egress, [`127.0.0.1:${server.port}`]);
    const ask = () => hook.ask('127.0.0.1', server.port);
    const [first, second] = [ask(), ask()];
    await Promise.all([first.answer(), second.answer()]);
    expect(await ask().answer()).toMatchObject({ error: 'over_limit' });
    first.stream.end();
    await ended(first);
    expect(await ask().answer()).toMatchObject({ ok: {} });
  });

  it('are limited in all, refused ones too, and so is their record', async () => {
    await using server = await serve(echo);
    const { egress, lines, counted } = testEgress({ limits: { connectionsPerHook: 3 } });
    using hook = new TestHook(egress, [`127.0.0.1:${server.port}`]);
    for (let i = 0; i < 3; i++) await hook.ask('elsewhere.example', 443).answer();
    for (let i = 0; i < 50; i++) {
      expect(await hook.ask('127.0.0.1', server.port).answer()).toMatchObject({ error: 'over_limit' });
    }
    const outcomes = hook.close().map((each) => each.outcome);
    expect(outcomes).toEqual(['denied_host', 'denied_host', 'denied_host', 'over_limit']);
    expect([counted.length, lines.length, server.arrivals.length]).toEqual([53, 4, 0]);
  });

  it('end after their time', async () => {
    await using server = await serve(() => {});
    const { egress } = testEgress({ limits: { connectionMs: 50 } });
    using hook = new TestHook(egress, [`127.0.0.1:${server.port}`]);
    const bot = hook.ask('127.0.0.1', server.port);
    await bot.answer();
    await ended(bot);
    expect(hook.close()).toMatchObject([{ outcome: 'over_limit' }]);
  });
});

describe('a bot', () => {
  it('does not get more by asking in one hook after another, until a minute has gone by', async () => {
    await using server = await serve(echo);
    const clock = new ManualClock();
    const { egress } = testEgress({ limits: { connectionsPerMinute: 3 }, now: () => clock.now() });
    const askOnce = async (key: string) => {
      using hook = new TestHook(egress, [`127.0.0.1:${server.port}`], key);
      return Object.keys(await hook.ask('127.0.0.1', server.port).answer())[0];
    };
    const inTurn = async (keys: readonly string[]) => {
      const answers = [];
      for (const key of keys) answers.push(await askOnce(key));
      return answers;
    };
    expect(await inTurn(['a', 'a', 'a', 'a', 'b'])).toEqual(['ok', 'ok', 'ok', 'error', 'ok']);
    clock.forward(20_000);
    expect(await inTurn(['a', 'a'])).toEqual(['ok', 'error']);
  });

  it('has a budget of bytes a minute as well', async () => {
    await using server = await serve(flood);
    const clock = new ManualClock();
    const { egress } = testEgress({ limits: { bytesInPerMinute: 60_000 }, now: () => clock.now() });
    const bytes = [];
    for (const wait of [0, 30_000, 3_600_000]) {
      clock.forward(wait);
      using hook = new TestHook(egress, [`127.0.0.1:${server.port}`]);
      await ended(hook.ask('127.0.0.1', server.port));
      bytes.push(hook.close()[0]?.bytesIn);
    }
    expect(bytes).toEqual([60_000, 30_000, 60_000]);
  });
});

describe('the server', () => {
  it('has a limit over all bots, and every place comes back', async () => {
    await using server = await serve(echo);
    const { egress } = testEgress({ limits: { openInAll: 3 } });
    const hooks = ['a', 'b', 'c'].map((key) => new TestHook(egress, [`127.0.0.1:${server.port}`], key));
    const asks = hooks.flatMap((hook) => [0, 1].map(() => hook.ask('127.0.0.1', server.port)));
    const answers = await Promise.all(asks.map((bot) => bot.answer()));
    expect(answers.filter((answer) => 'ok' in answer)).toHaveLength(3);
    expect(egress.open).toBe(3);
    for (const hook of hooks) hook.close();
    await Promise.all(asks.map(ended));
    expect(egress.open).toBe(0);
  });

  it('gives the bots of one account a quarter of its connections, and what they end is theirs again', async () => {
    await using server = await serve(echo);
    const { egress } = testEgress({
      limits: egressLimits({ maxConnections: 80, hookMbIn: 16, hookMbOut: 4 }),
    });
    const hooks = ['a', 'b', 'c'].map(
      (key) => new TestHook(egress, [`127.0.0.1:${server.port}`], key, 'account 1'),
    );
    const asks = hooks.flatMap((hook) =>
      Array.from({ length: 10 }, () => hook.ask('127.0.0.1', server.port)),
    );
    const answers = await Promise.all(asks.map((bot) => bot.answer()));
    expect(answers.map((answer) => 'ok' in answer)).toEqual(asks.map((_, at) => at < 20));
    expect(answers[29]).toMatchObject({ error: 'over_limit', message: expect.stringContaining('account') });
    using other = new TestHook(egress, [`127.0.0.1:${server.port}`], 'd', 'account 2');
    expect(await other.ask('127.0.0.1', server.port).answer()).toMatchObject({ ok: {} });
    hooks[0]?.close();
    await Promise.all(asks.slice(0, 10).map(ended));
    expect(await hooks[2]?.ask('127.0.0.1', server.port).answer()).toMatchObject({ ok: {} });
    for (const hook of hooks) hook.close();
  });

  it.each([
    [512, 128],
    [40, 16],
    [0, 16],
  ])('of %i connections gives an account %i at most', (maxConnections, openPerGroup) => {
    expect(egressLimits({ maxConnections, hookMbIn: 16, hookMbOut: 4 })).toMatchObject({ openPerGroup });
  });

  it('is not run dry by asking for connections and going away', async () => {
    const { egress, resolver } = testEgress({ limits: { openInAll: 8, connectionsPerMinute: 10_000 } });
    resolver.resolve = () => new Promise<never>(() => {});
    for (let round = 0; round < 50; round++) {
      using hook = new TestHook(egress, ['*'], `bot ${round}`);
      const bots = Array.from({ length: 20 }, () => hook.ask('silent.example', 443));
      for (const bot of bots) bot.stream.destroy();
      await Promise.all(bots.map(ended));
    }
    expect(egress.open).toBe(0);
  });
});

describe('memory', () => {
  it('stays flat while sixteen servers send and the bot reads nothing', async () => {
    let sent = 0;
    await using server = await serve((socket) => {
      flood(socket);
      socket.on('drain', () => (sent += 64 * KIB));
    });
    const { egress } = testEgress({});
    using hook = new TestHook(egress, [`127.0.0.1:${server.port}`]);
    const bots = Array.from({ length: 16 }, () => hook.ask('127.0.0.1', server.port));
    await Promise.all(bots.map((bot) => firstOf(bot.stream, 'readable')));
    const held = () => bots.reduce((sum, bot) => sum + bot.stream.readableLength, 0);
    await quiet(() => sent);
    expect(held()).toBeLessThan(16 * 256 * KIB);
    const before = process.memoryUsage.rss();
    await quiet(() => sent);
    expect(process.memoryUsage.rss() - before).toBeLessThan(20 * KIB * KIB);
    const records = hook.close();
    expect(records.map((each) => each.outcome)).toEqual(bots.map(() => 'cut'));
    for (const each of records) expect(each.bytesIn).toBeLessThan(512 * KIB);
  });

  it('stays flat while the bot sends and the server reads nothing', async () => {
    await using server = await serve((socket) => socket.pause());
    const plenty = 256 * KIB * KIB;
    const { egress } = testEgress({ limits: { bytesOutPerHook: plenty, bytesOutPerMinute: plenty } });
    using hook = new TestHook(egress, [`127.0.0.1:${server.port}`]);
    const bot = hook.ask('127.0.0.1', server.port);
    await bot.answer();
    const chunk = randomBytes(64 * KIB);
    let sent = 0;
    const more = () => {
      do sent += chunk.length;
      while (bot.stream.write(chunk) && sent < plenty);
    };
    bot.stream.on('drain', more);
    more();
    await quiet(() => sent);
    // What is on the way lies in the kernel's buffers of the two sockets.
    expect(sent).toBeLessThan(32 * KIB * KIB);
    expect(hook.close()).toMatchObject([{ outcome: 'cut' }]);
  });

  it('stays flat during a huge download', async () => {
    await using server = await serve(flood);
    const total = 512 * KIB * KIB;
    const { egress } = testEgress({ limits: { bytesInPerHook: total, bytesInPerMinute: total } });
    using hook = new TestHook(egress, [`127.0.0.1:${server.port}`]);
    const bot = hook.ask('127.0.0.1', server.port);
    const growth = await peakGrowth(bot);
    expect(hook.close()).toMatchObject([{ outcome: 'over_limit', bytesIn: total }]);
    expect(growth).toBeLessThan(64 * KIB * KIB);
  });
});

/** Resolves when a figure has stood still for some turns of the event loop. */
async function quiet(figure: () => number): Promise<void> {
  let last = -1;
  for (let still = 0; still < 200; still++) {
    if (figure() !== last) still = 0;
    last = figure();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Reads a bot's end to its end; by how many bytes the process grew at most, after the first 64 MiB. */
async function peakGrowth(bot: BotEnd): Promise<number> {
  let read = 0;
  let before = 0;
  let peak = 0;
  bot.stream.on('data', (chunk: Buffer) => {
    read += chunk.length;
    if (read < 64 * KIB * KIB) return;
    const rss = process.memoryUsage.rss();
    before ||= rss;
    peak = Math.max(peak, rss - before);
  });
  await firstOf(bot.stream, 'close');
  return peak;
}
