import { describe, expect, test } from 'vitest';
import * as wire from '../../control-plane/src/sandbox/containers/wire.ts';
import { Runner } from './support/runner.ts';

const HEAD = 'import select, socket, time\nfrom net import asking, connect\n';
/** A bot whose hook is these lines and answers with `said`. */
const bot = (...lines: string[]) =>
  `${HEAD}def run(r):\n${lines.map((line) => `    ${line}\n`).join('')}    return said`;
const FOUR = { connections: 4 };
const { open, data, reset } = wire.FrameKind;

describe('a connection', () => {
  test('carries bytes both ways, on a stream of the runner that is opened with the question', async () => {
    const source = bot("s = connect(b'to whom?')", "s.sendall(b'ping')", 'said = s.recv(100).decode()');
    await using runner = await Runner.loaded(source);
    for (const expected of [2, 4]) {
      const hook = runner.hook('{}', FOUR);
      const { stream, payload } = await hook.frame(open);
      expect([stream, payload.toString()]).toEqual([expected, 'to whom?']);
      expect((await hook.bytesOf(stream, 4)).toString()).toBe('ping');
      runner.send(stream, 'pong');
      expect(await hook.result()).toMatchObject({ cause: 'ok', reply: '"pong"' });
      await hook.clean();
    }
  });

  test('of many at once carries its own bytes', async () => {
    const source = bot(
      'streams = [connect() for _ in range(4)]',
      "for at, s in enumerate(streams): s.sendall(b'%d' % at)",
      'said = [s.recv(100).decode() for s in streams]',
    );
    await using runner = await Runner.loaded(source);
    const hook = runner.hook('{}', FOUR);
    for (const stream of await hook.opened(4)) {
      const number = (await hook.bytesOf(stream, 1)).toString();
      runner.send(stream, `answer ${number}`);
    }
    expect(await hook.result()).toMatchObject({ reply: '["answer 0", "answer 1", "answer 2", "answer 3"]' });
  });

  test('sends no more than its credit, and goes on with more of it', async () => {
    await using runner = await Runner.loaded(bot("connect().sendall(b'x' * 1000000)", "said = 'sent'"));
    const hook = runner.hook('{}', FOUR);
    const { stream } = await hook.frame(open);
    let granted = wire.WINDOW_BYTES;
    for (const more of [10, 200_000]) {
      expect((await hook.bytesOf(stream, granted)).length).toBe(granted);
      runner.pipe.write(wire.windowFrame(stream, more));
      granted += more;
    }
    expect((await hook.bytesOf(stream, granted)).length).toBe(granted);
  });

  test('takes more from the host as the process reads, and in order', async () => {
    const source = bot(
      's = connect()',
      'got = b""',
      'while part := s.recv(65536): got += part',
      'said = [len(got), got == bytes(i % 251 for i in range(len(got)))]',
    );
    await using runner = await Runner.loaded(source);
    const hook = runner.hook('{}', FOUR);
    const { stream } = await hook.frame(open);
    const all = Buffer.from(Array.from({ length: 1_000_000 }, (_, at) => at % 251));
    let credit = wire.WINDOW_BYTES;
    for (let at = 0; at < all.length; ) {
      const part = all.subarray(at, at + Math.min(credit, wire.MAX_PAYLOAD));
      at += part.length;
      runner.send(stream, part, at === all.length ? wire.FLAG_END : 0);
      await runner.until(() => {
        const grants = hook.frames.filter((one) => one.kind === wire.FrameKind.window);
        credit = wire.WINDOW_BYTES - at + grants.reduce((sum, one) => sum + one.payload.readUInt32BE(0), 0);
        return credit > 0 || at === all.length || undefined;
      });
    }
    expect(await hook.result()).toMatchObject({ reply: '[1000000, true]' });
  });

  test('is closed one way at a time', async () => {
    const source = bot(
      's = connect()',
      "s.sendall(b'asked')",
      's.shutdown(socket.SHUT_WR)',
      "said = ''.join(iter(lambda: s.recv(100).decode(), ''))",
    );
    await using runner = await Runner.loaded(source);
    const hook = runner.hook('{}', FOUR);
    const { stream } = await hook.frame(open);
    await runner.until(() => hook.frames.find((one) => one.kind === data && one.flags === wire.FLAG_END));
    expect(hook.dataOf(stream).toString()).toBe('asked');
    runner.send(stream, 'answered', wire.FLAG_END);
    expect(await hook.result()).toMatchObject({ reply: '"answered"' });
  });

  test('that the host resets is at its end for the process, and late frames for it are dropped', async () => {
    const source = bot('s = connect()', 'said = [s.recv(100).decode(), connect().recv(100).decode()]');
    await using runner = await Runner.loaded(source);
    const hook = runner.hook('{}', FOUR);
    const { stream } = await hook.frame(open);
    runner.pipe.write(wire.resetFrame(stream));
    const [, second = 0] = await hook.opened(2);
    runner.send(stream, 'late');
    runner.pipe.write(wire.windowFrame(stream, 10));
    runner.pipe.write(wire.resetFrame(stream));
    runner.send(second, 'on time');
    expect(await hook.result()).toMatchObject({ reply: '["", "on time"]' });
  });

  test('that the process closes with data unread is reset', async () => {
    const source = bot('s = connect()', 's.recv(1)', 's.close()', 'said = connect().recv(100).decode()');
    await using runner = await Runner.loaded(source);
    const hook = runner.hook('{}', FOUR);
    const { stream } = await hook.frame(open);
    runner.send(stream, 'more than one byte');
    expect(await hook.frame(reset)).toMatchObject({ stream });
    const [, second = 0] = await hook.opened(2);
    runner.send(second, 'well');
    expect(await hook.result()).toMatchObject({ reply: '"well"' });
  });

  test('that the process has closed is reset when the host sends to it', async () => {
    const source = bot(
      's = connect()',
      "s.sendall(b'bye')",
      's.close()',
      'said = connect().recv(9).decode()',
    );
    await using runner = await Runner.loaded(source);
    const hook = runner.hook('{}', FOUR);
    const [first = 0, second = 0] = await hook.opened(2);
    await runner.until(() => hook.frames.find((one) => one.kind === data && one.flags === wire.FLAG_END));
    expect(hook.dataOf(first).toString()).toBe('bye');
    runner.send(first, 'are you there?');
    expect(await hook.frame(reset)).toMatchObject({ stream: first });
    runner.send(second, 'done');
    expect(await hook.result()).toMatchObject({ reply: '"done"' });
  });
});

describe('a process that asks', () => {
  test('gets no more connections at once than the call may have', async () => {
    const source = bot('held = [connect() for _ in range(4)]', 'said = [s is not None for s in held]');
    await using runner = await Runner.loaded(source);
    expect(await runner.hook('{}', { connections: 2 }).result()).toMatchObject({
      reply: '[true, true, false, false]',
    });
  });

  test('gets another for one that it has closed, though the host has not', async () => {
    const source = bot(
      'said = 0',
      'for _ in range(6):',
      '    s = connect()',
      "    s.sendall(b'last words')",
      '    s.close()',
      '    said += 1',
    );
    await using runner = await Runner.loaded(source);
    const hook = runner.hook('{}', { connections: 2 });
    expect(await hook.result()).toMatchObject({ reply: '6' });
    const streams = await hook.opened(6);
    for (const stream of streams.slice(0, 4)) expect(hook.dataOf(stream).toString()).toBe('last words');
    const resets = hook.frames.filter(({ kind }) => kind === reset).map((one) => one.stream);
    expect(resets).toEqual(streams.slice(0, 4));
  });

  test.each([
    ['too long a question', "connect(b'q' * 513) is None"],
    ['the longest question', "connect(b'q' * 512) is not None"],
    [
      'two that are too long and one that is not',
      "[connect(b'q' * n) is None for n in (513, 60000, 1)] == [True, True, False]",
    ],
  ])('with %s gets the answer that the page says', async (_name, expression) => {
    await using runner = await Runner.loaded(bot(`said = ${expression}`));
    expect(await runner.hook('{}', FOUR).result()).toMatchObject({ cause: 'ok', reply: 'true' });
  });

  test('without connections has no socket to ask on', async () => {
    await using runner = await Runner.loaded(bot('import net', 'said = net.asking is None'));
    expect(await runner.hook().result()).toMatchObject({ reply: 'true' });
  });
});

describe('a flood', () => {
  const SIXTEEN = { connections: 16 };
  test('of sixteen connections that nobody reads does not keep the next hook waiting', async () => {
    const source = bot(
      "if not r['fill']: return 'next'",
      'streams = [connect() for _ in range(16)]',
      'for s in streams: s.setblocking(False)',
      // Until each has data from the host, and none of it is read.
      'while len(select.select(streams, [], [], 0)[0]) < 16:',
      '    for s in streams:',
      "        try: s.send(b'x' * 65536)",
      '        except BlockingIOError: pass',
      "said = 'flooded'",
    );
    await using runner = await Runner.loaded(source);
    const flood = runner.hook('{"fill": true}', SIXTEEN);
    const streams = await flood.opened(16);
    for (const stream of streams) {
      await flood.bytesOf(stream, wire.WINDOW_BYTES);
      runner.send(stream, Buffer.alloc(wire.WINDOW_BYTES));
    }
    expect(await flood.result()).toMatchObject({ cause: 'ok', reply: '"flooded"' });
    for (const stream of streams) runner.pipe.write(wire.windowFrame(stream, wire.WINDOW_BYTES));
    expect(await flood.clean()).toMatchObject({ residue: false });
    const started = performance.now();
    const next = runner.hook('{"fill": false}', SIXTEEN);
    for (const stream of streams) runner.send(stream, 'late', wire.FLAG_END);
    expect(await next.result()).toMatchObject({ cause: 'ok', reply: '"next"' });
    expect(performance.now() - started).toBeLessThan(1000);
    expect(next.frames.filter(({ stream }) => stream !== next.stream && stream !== 0)).toEqual([]);
  });

  test.each([
    ['questions whose answers are not read', 'while True: asking.send(b"?")'],
    ['questions that are answered', 'while connect() or True: pass'],
    ['connections that are closed at once', 'while s := connect(): s.close()'],
    ['questions of nothing', 'while True: asking.send(b"")'],
  ])('of %s ends with its call, and the next one runs', async (_name, flood) => {
    const source = bot(
      "if not r['flood']: return 'next'",
      `try:\n        ${flood}`,
      'except OSError: pass',
      "said = 'ended'",
    );
    await using runner = await Runner.loaded(source);
    const first = runner.hook('{"flood": true}', { ...FOUR, wallMs: 700 });
    expect(['ok', 'timeout']).toContain((await first.result()).cause);
    expect(await first.clean()).toMatchObject({ residue: false });
    const next = runner.hook('{"flood": false}', FOUR);
    expect(await next.result()).toMatchObject({ cause: 'ok', reply: '"next"' });
  });

  test('of data beyond the credit ends the runner with status 70', async () => {
    await using runner = await Runner.loaded(bot('s = connect()', 'time.sleep(60)', 'said = s'));
    const { stream } = await runner.hook('{}', FOUR).frame(open);
    runner.send(stream, Buffer.alloc(2_000_000));
    expect(await runner.exitCode()).toBe(70);
  });
});
