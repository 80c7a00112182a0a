import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisRelay } from '../../../control-plane/src/storage/redis/relay.ts';
import { REDIS_HERE, startRedis, type TestRedis } from '../../support/redis.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';

/** A relay, and what it heard and logged. */
function open(url: string, serverId: string, storeId = 'store') {
  const heard: string[] = [];
  const logged: string[] = [];
  const write = (fields: unknown, message: string) =>
    void logged.push(`${message} ${JSON.stringify(fields)}`);
  const log = { debug: write, info: write, warn: write, error: write };
  const relay = new RedisRelay({ url, storeId, serverId, log });
  let news = Promise.withResolvers<void>();
  let gaps = 0;
  const changed = () => {
    news.resolve();
    news = Promise.withResolvers<void>();
  };
  relay.listen(
    (stream) => {
      heard.push(stream);
      changed();
    },
    () => {
      gaps++;
      changed();
    },
  );
  return {
    relay,
    heard,
    logged,
    /** Resolves when it has heard this much, or has had so many gaps; the first gap is its beginning. */
    async until(enough: { heard?: number; gaps?: number }): Promise<void> {
      while (heard.length < (enough.heard ?? 0) || gaps < (enough.gaps ?? 0)) await news.promise;
    },
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

describe.skipIf(!REDIS_HERE)('wake-ups over Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  }, 120_000);
  afterAll(() => redis[Symbol.asyncDispose]());

  it('reach the other servers of the store, and neither their sender nor another store', async () => {
    await using one = open(redis.url, 'one');
    await using other = open(redis.url, 'other');
    await using stranger = open(redis.url, 'stranger', 'another store');
    await Promise.all([one, other, stranger].map((each) => each.until({ gaps: 1 })));
    for (const stream of ['a', 'b', 'a', 'c']) one.relay.send(stream);
    await other.until({ heard: 3 });
    // What is told in one turn of the event loop is told once.
    expect(other.heard.toSorted()).toEqual(['a', 'b', 'c']);
    other.relay.send('back');
    await one.until({ heard: 1 });
    expect(one.heard).toEqual(['back']);
    expect(stranger.heard).toEqual([]);
  });

  it.each([
    'no JSON',
    'null',
    '[]',
    '{"from":"x"}',
    '{"from":"x","streams":"a"}',
    '{"from":"x","streams":[1,null,{}]}',
    `{"from":"x","streams":${JSON.stringify(Array.from({ length: 100_000 }, (_, n) => `chn_${n}`))}}`,
  ])('take nothing harmful from a stranger (%#)', async (message) => {
    await using one = open(redis.url, 'one');
    using stack = new DisposableStack();
    const stranger = createClient({ url: redis.url });
    await stranger.connect();
    stack.defer(() => stranger.destroy());
    await one.until({ gaps: 1 });
    await stranger.publish('mcp-multiplayer:store:wake', message);
    await stranger.publish('mcp-multiplayer:store:wake', '{"from":"x","streams":["after"]}');
    while (!one.heard.includes('after')) await one.until({ heard: one.heard.length + 1 });
    expect(one.heard.length).toBeLessThanOrEqual(501);
  });

  it('are missed while Redis is away, which is said once, and come again afterwards', async () => {
    await using one = open(redis.url, 'one');
    await using other = open(redis.url, 'other');
    await Promise.all([one, other].map((each) => each.until({ gaps: 1 })));
    await redis.kill();
    while (one.relay.connected) await new Promise((resolve) => setTimeout(resolve, 10));
    for (let n = 0; n < 10; n++) one.relay.send('lost');
    await redis.restart();
    await Promise.all([one, other].map((each) => each.until({ gaps: 2 })));
    while (!one.relay.connected) await new Promise((resolve) => setTimeout(resolve, 10));
    one.relay.send('heard');
    await other.until({ heard: 1 });
    expect(other.heard).toEqual(['heard']);
    expect(one.logged.filter((line) => line.startsWith('Redis is away'))).toHaveLength(1);
    expect(one.logged.join()).toContain('Redis answers again');
  }, 60_000);

  it('take no more memory while Redis holds its answers back, and come again afterwards', async () => {
    await using proxy = await TcpProxy.start(Number(new URL(redis.url).port));
    await using one = open(`redis://127.0.0.1:${proxy.port}`, 'one');
    await using other = open(redis.url, 'other');
    await Promise.all([one, other].map((each) => each.until({ gaps: 1 })));
    proxy.holdAnswers();
    for (let n = 0; n < 3_000; n++) {
      one.relay.send(`chn_${n}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    proxy.cut();
    while (!other.heard.includes('after')) {
      one.relay.send('after');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(other.heard.filter((stream) => stream !== 'after').length).toBeLessThanOrEqual(1_000);
  });

  it('do not keep a server from ending, whatever Redis does', async () => {
    await using proxy = await TcpProxy.start(Number(new URL(redis.url).port));
    const one = open(`redis://127.0.0.1:${proxy.port}`, 'one');
    await one.until({ gaps: 1 });
    proxy.holdAnswers();
    one.relay.send('a');
    await one[Symbol.asyncDispose]();
    const never = open('redis://127.0.0.1:1', 'never');
    await never[Symbol.asyncDispose]();
    expect([one.relay.connected, never.relay.connected]).toEqual([false, false]);
  });
});

describe('a Redis that breaks off', () => {
  it('while it is asked for the wake-ups is asked again, and counts as away until it gives them', async () => {
    let asked = 0;
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        const text = bytes.toString();
        if (!text.includes('subscribe')) socket.write('+OK\r\n'.repeat(text.match(/^\*/gm)?.length ?? 0));
        else if (asked++ === 0) socket.destroy();
        else socket.write('>3\r\n$9\r\nsubscribe\r\n$26\r\nmcp-multiplayer:store:wake\r\n:1\r\n');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const one = open(`redis://127.0.0.1:${(server.address() as AddressInfo).port}`, 'one');
    try {
      await one.until({ gaps: 1 });
      expect([asked, one.relay.connected]).toEqual([2, true]);
    } finally {
      await one[Symbol.asyncDispose]();
      server.close();
    }
  });
});
