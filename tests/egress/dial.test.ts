import { describe, expect, it } from 'vitest';
import { dial, type Dialling } from '../../control-plane/src/egress/dial.ts';
import type { Host } from '../../control-plane/src/egress/host.ts';
import { reachJudge } from '../../control-plane/src/egress/reach.ts';
import { echo, serve, TableResolver, testEgress, TestHook } from './support.ts';

const local = (address: string) => address.startsWith('127.');
const name = (text: string): Host => ({ kind: 'name', name: text });
const never = new AbortController().signal;

function way(resolver: Dialling['resolver'], parts: Partial<Dialling> = {}): Dialling {
  return { resolver, mayReach: reachJudge(local), resolveMs: 2_000, connectMs: 2_000, ...parts };
}

describe('a name that is rebound', () => {
  it('is resolved once for each connection, and what was judged is what is dialled', async () => {
    await using server = await serve(echo, '0.0.0.0');
    const resolver = new TableResolver({ 'rebind.example': [['127.0.0.1'], ['10.0.0.1']] });
    const { socket, address } = await dial(name('rebind.example'), server.port, way(resolver), never);
    socket.destroy();
    expect(address).toBe('127.0.0.1');
    expect(resolver.asked).toEqual(['rebind.example']);
    await expect(dial(name('rebind.example'), server.port, way(resolver), never)).rejects.toMatchObject({
      outcome: 'denied_address',
    });
    expect(server.arrivals).toEqual(['127.0.0.1']);
  });

  it.each([
    ['10.0.0.1'],
    ['169.254.169.254'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['0.0.0.0'],
    ['127.1'],
    ['rebind.example'],
    [''],
  ])('with %j among its addresses is not dialled at all, wherever that stands', async (bad) => {
    await using server = await serve(echo);
    for (const answer of [
      ['127.0.0.1', bad],
      [bad, '127.0.0.1'],
    ]) {
      const resolver = new TableResolver({ 'mixed.example': [answer] });
      await expect(dial(name('mixed.example'), server.port, way(resolver), never)).rejects.toMatchObject({
        outcome: 'denied_address',
      });
    }
    expect(server.arrivals).toEqual([]);
  });

  it('is judged again for each connection, so a redirect leads nowhere else', async () => {
    await using inside = await serve(echo, '127.0.0.9');
    await using outside = await serve((socket) =>
      socket.end(`HTTP/1.1 302 Found\r\nLocation: http://127.0.0.9:${inside.port}/\r\n\r\n`),
    );
    const { egress } = testEgress({ names: { 'moved.example': [['127.0.0.1']] } });
    using hook = new TestHook(egress, [`*:${outside.port}`, `*:${inside.port}`]);
    const first = hook.ask('moved.example', outside.port);
    await first.answer();
    const location = /Location: http:\/\/(.+):/.exec((await first.rest()).toString())?.[1] ?? '';
    expect(await hook.ask(location, inside.port).answer()).toMatchObject({ error: 'denied_address' });
    expect(inside.arrivals).toEqual([]);
  });
});

describe('a name with several addresses', () => {
  it('is tried in order, until one answers', async () => {
    await using second = await serve(echo, '127.0.0.3');
    await using third = await serve(echo, '127.0.0.4', second.port);
    const resolver = new TableResolver({ 'several.example': [['127.0.0.2', '127.0.0.3', '127.0.0.4']] });
    const { socket, address } = await dial(name('several.example'), second.port, way(resolver), never);
    socket.destroy();
    expect(address).toBe('127.0.0.3');
    expect(third.arrivals).toEqual([]);
  });

  it('is given up after four', async () => {
    await using fifth = await serve(echo, '127.0.0.6');
    const addresses = [2, 3, 4, 5, 6].map((last) => `127.0.0.${last}`);
    const resolver = new TableResolver({ 'several.example': [addresses] });
    await expect(dial(name('several.example'), fifth.port, way(resolver), never)).rejects.toMatchObject({
      outcome: 'not_connected',
      address: '127.0.0.5',
    });
    expect(fifth.arrivals).toEqual([]);
  });
});

describe('dialling', () => {
  it('ends a look-up that takes too long, and tells the resolver', async () => {
    const told = Promise.withResolvers<void>();
    const silent = {
      resolve: (_name: string, signal: AbortSignal) => {
        signal.addEventListener('abort', () => told.resolve());
        return new Promise<never>(() => {});
      },
    };
    await expect(dial(name('slow.example'), 80, way(silent, { resolveMs: 20 }), never)).rejects.toMatchObject(
      {
        outcome: 'not_resolved',
      },
    );
    await told.promise;
  });

  it('stops where whoever asked for it has gone', async () => {
    const gone = new AbortController();
    const resolver = {
      resolve: async () => {
        gone.abort();
        return ['127.0.0.1'];
      },
    };
    await using server = await serve(echo);
    await expect(dial(name('gone.example'), server.port, way(resolver), gone.signal)).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(server.arrivals).toEqual([]);
  });

  it('goes past a proxy that the environment names', async () => {
    await using proxy = await serve(echo, '127.0.0.7');
    await using server = await serve(echo);
    const before = { ...process.env };
    for (const key of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy']) {
      process.env[key] = `http://127.0.0.7:${proxy.port}`;
    }
    try {
      const resolver = new TableResolver({ 'direct.example': [['127.0.0.1']] });
      const { socket } = await dial(name('direct.example'), server.port, way(resolver), never);
      socket.destroy();
    } finally {
      process.env = before;
    }
    expect([proxy.arrivals.length, server.arrivals.length]).toEqual([0, 1]);
  });
});

describe('names off the list', () => {
  it('are never looked up, so that nothing is told by asking for them', async () => {
    const { egress, resolver } = testEgress({ names: { 'api.example': [['127.0.0.1']] } });
    using hook = new TestHook(egress, ['api.example', '*.sub.example']);
    const secrets = [
      '736563726574.evil.example',
      'secret.api.example',
      'api.example.evil.net',
      'sub.example',
    ];
    const answers = await Promise.all(secrets.map((host) => hook.ask(host, 443).answer()));
    expect(answers).toEqual(secrets.map(() => expect.objectContaining({ error: 'denied_host' })));
    expect(resolver.asked).toEqual([]);
    await hook.ask('api.example', 22).answer();
    expect(resolver.asked).toEqual([]);
  });

  it('may stand inside of what is sent: a server that is on the list gets to see any SNI or Host', async () => {
    const seen = Promise.withResolvers<string>();
    await using server = await serve((socket) =>
      socket.once('data', (chunk) => seen.resolve(chunk.toString())),
    );
    const { egress } = testEgress({ names: { 'front.example': [['127.0.0.1']] } });
    using hook = new TestHook(egress, [`front.example:${server.port}`]);
    const bot = hook.ask('front.example', server.port);
    await bot.answer();
    bot.stream.write('GET / HTTP/1.1\r\nHost: hidden.example\r\n\r\n');
    expect(await seen.promise).toContain('hidden.example');
  });
});
