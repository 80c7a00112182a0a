import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Network } from '../../control-plane/src/sandbox/port.ts';
import { echo, ended, firstOf, serve, testEgress, TestHook } from './support.ts';

const PUBLIC: readonly string[] = ['203.0.114.1'];

describe('a connection', () => {
  it('is dialled, answered, and carries bytes both ways until both sides have ended', async () => {
    await using server = await serve((socket) => {
      socket.on('data', (chunk) => socket.write(chunk.toString().toUpperCase()));
      socket.on('end', () => socket.end('bye'));
    });
    const { egress, lines, counted } = testEgress({ names: { 'shout.example': [['127.0.0.1']] } });
    using hook = new TestHook(egress, [`shout.example:${server.port}`]);
    const bot = hook.ask('Shout.Example', server.port);
    expect(await bot.answer()).toEqual({ ok: { address: '127.0.0.1', port: server.port } });
    bot.stream.write('hello');
    expect((await bot.read(5)).toString()).toBe('HELLO');
    bot.stream.end(' you');
    expect((await bot.rest()).toString()).toBe(' YOUbye');
    await ended(bot);
    const connection = {
      host: 'Shout.Example',
      port: server.port,
      address: '127.0.0.1',
      outcome: 'closed',
      bytesIn: 12,
      bytesOut: 9,
      ms: expect.any(Number),
    };
    expect(hook.close()).toEqual([connection]);
    expect(counted).toEqual([['closed', 12, 9]]);
    expect(lines).toEqual([
      expect.objectContaining({
        bot: 'chn_a/bot:x/1',
        host: 'Shout.Example',
        address: '127.0.0.1',
        outcome: 'closed',
      }),
    ]);
  });

  it('lets the bot read on after the bot has said its last word, and write on after the server has', async () => {
    const late = Promise.withResolvers<string>();
    await using server = await serve((socket) => {
      socket.end('first');
      socket.once('data', (chunk) => late.resolve(chunk.toString()));
    });
    const { egress } = testEgress({});
    using hook = new TestHook(egress, [`127.0.0.1:${server.port}`]);
    const bot = hook.ask('127.0.0.1', server.port);
    await bot.answer();
    expect((await bot.rest()).toString()).toBe('first');
    bot.stream.end('second');
    expect(await late.promise).toBe('second');
  });

  it('takes what a bot writes before it has its answer', async () => {
    await using server = await serve(echo);
    const { egress } = testEgress({});
    using hook = new TestHook(egress, [`127.0.0.1:${server.port}`]);
    const bot = hook.ask('127.0.0.1', server.port);
    bot.stream.end('early');
    await bot.answer();
    expect((await bot.rest()).toString()).toBe('early');
  });

  it('is reset, and called broken, where the server resets it', async () => {
    await using server = await serve((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const { egress } = testEgress({});
    using hook = new TestHook(egress, [`127.0.0.1:${server.port}`]);
    const bot = hook.ask('127.0.0.1', server.port);
    await bot.answer();
    bot.stream.write('go away');
    await ended(bot);
    expect(hook.close()).toMatchObject([{ outcome: 'broken', bytesOut: 7, bytesIn: 0 }]);
  });

  it('is cut, at both ends, when its hook is over', async () => {
    const gone = Promise.withResolvers<void>();
    await using server = await serve((socket) => socket.once('close', () => gone.resolve()));
    const { egress } = testEgress({});
    using hook = new TestHook(egress, [`127.0.0.1:${server.port}`]);
    const bot = hook.ask('127.0.0.1', server.port);
    await bot.answer();
    expect(hook.close()).toMatchObject([{ outcome: 'cut', address: '127.0.0.1' }]);
    await gone.promise;
    await ended(bot);
    const late = hook.ask('127.0.0.1', server.port);
    await ended(late);
    expect(hook.close()).toHaveLength(1);
    expect(egress.open).toBe(0);
  });

  it('counts as closed where the bot had ended it before its hook was over', async () => {
    const heard = Promise.withResolvers<void>();
    await using server = await serve((socket) => socket.once('end', () => heard.resolve()).resume());
    const { egress } = testEgress({});
    using hook = new TestHook(egress, [`127.0.0.1:${server.port}`]);
    const bot = hook.ask('127.0.0.1', server.port);
    await bot.answer();
    bot.stream.end();
    await heard.promise;
    expect(hook.close()).toMatchObject([{ outcome: 'closed' }]);
  });

  it('is cut while its name is still looked up, and nothing is dialled afterwards', async () => {
    const answer = Promise.withResolvers<readonly string[]>();
    await using server = await serve(echo);
    const { egress, resolver } = testEgress({});
    resolver.resolve = async () => answer.promise;
    using hook = new TestHook(egress, [`slow.example:${server.port}`]);
    const bot = hook.ask('slow.example', server.port);
    expect(hook.close()).toMatchObject([{ outcome: 'cut', address: null }]);
    answer.resolve(['127.0.0.1']);
    await ended(bot);
    expect(server.arrivals).toEqual([]);
  });
});

describe('a connection is refused, with an answer and a record,', () => {
  const names = {
    'metadata.example': [['169.254.169.254']],
    'private.example': [['10.1.2.3']],
    'shared.example': [['100.64.0.1']],
    'loopback.example': [['127.0.0.2']],
    'loopback6.example': [['::1']],
    'nat64.example': [['64:ff9b::7f00:1']],
    '6to4.example': [['2002:7f00:1::']],
    'teredo.example': [['2001:0:7f00:1::']],
    'mapped.example': [['::ffff:127.0.0.1']],
    'zero.example': [['0.0.0.0']],
    'mixed.example': [[...PUBLIC, '192.168.1.1']],
    'odd.example': [['0x7f.1']],
    'none.example': [[]],
    'many.example': [Array.from({ length: 65 }, () => '127.0.0.1')],
  };
  const everything: Network = ['*', '*:1'];

  it.each<[string, string, number, Network, string]>([
    ['a network of none', 'shout.example', 443, 'off', 'denied_host'],
    ['a host off the list', 'shout.example', 443, ['other.example'], 'denied_host'],
    ['an odd port', 'mixed.example', 22, 'public', 'denied_port'],
    ['the port of a proxy', 'mixed.example', 3128, 'public', 'denied_port'],
    ['localhost', 'localhost', 80, everything, 'denied_host'],
    ['the name of the machine', hostname(), 80, everything, 'denied_host'],
    ['a decimal address', '2130706433', 80, everything, 'denied_host'],
    ['an octal address', '0177.0.0.1', 80, everything, 'denied_host'],
    ['a name of metadata', 'metadata.google.internal', 80, everything, 'denied_host'],
    ['the address of metadata', '169.254.169.254', 80, everything, 'denied_address'],
    ['loopback', '127.0.0.2', 80, everything, 'denied_address'],
    ['loopback of IPv6', '::1', 80, everything, 'denied_address'],
    ['a mapped address', '::ffff:127.0.0.1', 80, everything, 'denied_address'],
    ['a private address on the list', '192.168.0.1', 80, ['192.168.0.1'], 'denied_address'],
    ...Object.keys(names)
      .filter((name) => !/^(?:none|many)/.test(name))
      .map((name): [string, string, number, Network, string] => [
        name,
        name,
        80,
        everything,
        'denied_address',
      ]),
    ['a name without an address', 'none.example', 80, everything, 'not_resolved'],
    ['a name with too many addresses', 'many.example', 80, everything, 'not_resolved'],
    ['a name that nobody knows', 'unknown.example', 80, everything, 'not_resolved'],
    ['a closed port', '127.0.0.1', 1, everything, 'not_connected'],
  ])('%s', async (_what, host, port, network, outcome) => {
    const { egress, counted, lines } = testEgress({ names });
    using hook = new TestHook(egress, network);
    const bot = hook.ask(host, port);
    expect(await bot.answer()).toEqual({ error: outcome, message: expect.stringMatching(/^The .+\.$/) });
    expect(await bot.rest()).toHaveLength(0);
    const address = outcome === 'not_connected' ? host : null;
    const connection = { host, port, outcome, address, bytesIn: 0, bytesOut: 0, ms: expect.any(Number) };
    expect(hook.close()).toEqual([connection]);
    expect(counted).toEqual([[outcome, 0, 0]]);
    expect(lines).toHaveLength(1);
    expect(egress.open).toBe(0);
  });

  it.each([
    ['no JSON', 'GET / HTTP/1.1'],
    ['nothing', ''],
    ['a key twice', '{"host":"a.example","host":"b.example","port":80}'],
    ['a key too many', '{"host":"a.example","port":80,"proxy":"b.example"}'],
    ['__proto__', '{"__proto__":{"host":"a.example"},"port":80}'],
    ['a list', '["a.example",80]'],
    ['a port as text', '{"host":"a.example","port":"80"}'],
    ['port 0', '{"host":"a.example","port":0}'],
    ['port 65616', '{"host":"a.example","port":65616}'],
    ['a fraction', '{"host":"a.example","port":80.5}'],
    ['over 512 bytes', JSON.stringify({ host: 'a'.repeat(500), port: 80 })],
    ['malformed UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('a question that is %s', async (_what, question) => {
    const { egress, resolver } = testEgress({ names: { 'a.example': [['127.0.0.1']] } });
    using hook = new TestHook(egress, ['*']);
    const bot = hook.askRaw(Buffer.from(question as string));
    expect(await bot.answer()).toMatchObject({ error: 'denied_host' });
    expect(hook.close()).toMatchObject([{ host: '', port: 0, outcome: 'denied_host' }]);
    expect(resolver.asked).toEqual([]);
  });

  it('and what the host was called is shown in printable ASCII only', async () => {
    const { egress, lines } = testEgress({});
    using hook = new TestHook(egress, ['*']);
    await hook.ask('a\u001b[31m\n\u202eé.example', 80).answer();
    expect(hook.close()[0]?.host).toBe('a?[31m???.example');
    expect(lines[0]?.['host']).toBe('a?[31m???.example');
  });

  it('and a bot that floods afterwards is cut off', async () => {
    const { egress } = testEgress({});
    using hook = new TestHook(egress, 'off');
    const bot = hook.ask('a.example', 80);
    await bot.answer();
    const chunk = Buffer.alloc(16_384);
    let written = 0;
    while (!bot.stream.destroyed && written < 100) {
      written++;
      if (!bot.stream.write(chunk)) await firstOf(bot.stream, 'drain', 'close');
    }
    expect(written).toBeLessThan(10);
  });
});
