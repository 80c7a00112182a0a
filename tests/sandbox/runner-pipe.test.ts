import { describe, expect, test } from 'vitest';
import * as wire from '../../control-plane/src/sandbox/containers/wire.ts';
import { callFrames, HELLO, NONCE, Runner } from './support/runner.ts';

test('the runner skips what comes before the hello, and answers with its nonce and nothing else', async () => {
  await using runner = await Runner.start();
  runner.pipe.write(Buffer.concat([wire.MAGIC.subarray(0, 5), Buffer.from('{"stdin":true}'), HELLO]));
  await runner.until(() => runner.greeting.length === wire.HELLO_BYTES || undefined);
  expect(runner.greeting).toEqual(HELLO);
});

test('the runner ends when its input ends', async () => {
  await using runner = await Runner.start();
  runner.pipe.end(HELLO);
  expect(await runner.exitCode()).toBe(0);
});

test('a hook before any code is loaded is answered, not run', async () => {
  await using runner = await Runner.start();
  runner.pipe.write(HELLO);
  const call = runner.hook();
  expect(await call.result()).toMatchObject({ cause: 'not_loaded', nonce: NONCE });
  expect(await call.clean()).toMatchObject({ nonce: NONCE, residue: false });
});

describe('a reply', () => {
  test('stops at the credit of its stream, and is whole before its result', async () => {
    await using runner = await Runner.loaded("def run(r): return b'x' * 300000");
    const call = runner.hook();
    const first = await call.bytesOf(call.stream, wire.WINDOW_BYTES);
    expect(first.length).toBe(wire.WINDOW_BYTES);
    runner.pipe.write(wire.windowFrame(call.stream, 10));
    const more = await call.bytesOf(call.stream, wire.WINDOW_BYTES + 10);
    expect(more.length).toBe(wire.WINDOW_BYTES + 10);
    expect(call.frames.every(({ kind }) => kind === wire.FrameKind.data)).toBe(true);
    runner.pipe.write(wire.windowFrame(call.stream, wire.WINDOW_BYTES));
    expect(await call.result()).toMatchObject({
      cause: 'ok',
      replyBytes: 300_000,
      reply: 'x'.repeat(300_000),
    });
    expect(await call.clean()).toMatchObject({ residue: false });
  });

  test.each([
    [
      'a process that will not end',
      'import os, time\ndef run(r):\n    os._exit = lambda status: time.sleep(60)',
    ],
    [
      'a process of which a child lives on and holds the socket',
      'import os, time\ndef run(r):\n    if os.fork() == 0: time.sleep(60)',
    ],
    [
      'a process whose threads live on',
      'import threading, time\ndef run(r):\n    for _ in range(3): threading.Thread(target=time.sleep, args=(60,)).start()',
    ],
  ])('comes at once from %s, and nothing of it is left', async (_name, source) => {
    await using runner = await Runner.loaded(`${source}\n    return {'posts': ['said'], 'output': ''}`);
    for (let turn = 0; turn < 2; turn++) {
      const call = runner.hook();
      expect(await call.result()).toMatchObject({ cause: 'ok', reply: '{"posts": ["said"], "output": ""}' });
      expect(await call.clean()).toMatchObject({ residue: false });
    }
  });

  const WRITER = `
import os, stat, time
def is_socket(fd):
    try: return stat.S_ISSOCK(os.fstat(fd).st_mode)
    except OSError: return False
def run(r):
    reply = next(fd for fd in range(3, 64) if is_socket(fd))
`;
  test.each([
    ['half of one and an exit', "os.write(reply, b'half'); os._exit(3)", { cause: 'exited', detail: 3 }],
    ['none, and its end closed', 'os.close(reply); time.sleep(60)', { cause: 'timeout' }],
    [
      'one, and its end closed',
      "os.write(reply, b'half'); os.close(reply); time.sleep(60)",
      { cause: 'timeout' },
    ],
    ['none, and an exit', 'os._exit(0)', { cause: 'exited', detail: 0 }],
    ['more than the cap', "os.write(reply, b'x' * 5000000); time.sleep(60)", { cause: 'reply_too_large' }],
  ])('is not what a process leaves that gives %s', async (_name, step, expected) => {
    await using runner = await Runner.loaded(`${WRITER}    ${step}`);
    const call = runner.hook('{}', { wallMs: 1000 });
    expect(await call.result()).toMatchObject({ ...expected, replyBytes: 0, reply: '' });
    expect(await call.clean()).toMatchObject({ residue: false });
  });
});

test('an import makes a trusted module part of every later hook, and no other', async () => {
  const source = "import sys\ndef run(r): return [name in sys.modules for name in ('wave', 'turtle')]";
  await using runner = await Runner.loaded(source);
  const before = runner.hook();
  expect(await before.result()).toMatchObject({ reply: '[false, false]' });
  await before.clean();
  const call = runner.call(wire.Op.import, 'turtle wave');
  expect(await call.result()).toMatchObject({ cause: 'ok', replyBytes: 0 });
  expect(await call.clean()).toMatchObject({ residue: false });
  expect(await runner.hook().result()).toMatchObject({ reply: '[true, false]' });
});

const header = (hex: string) => Buffer.from(hex, 'hex');
const LOOP = callFrames(wire.Op.load, 1, 'while True: pass');
test.each([
  ['64 KiB before the hello', Buffer.alloc(70 * 1024)],
  ['a hello of another version', Buffer.concat([HELLO.subarray(0, 24), Buffer.of(1)])],
  ['a frame that is too large', Buffer.concat([HELLO, header('030000000000000100010001')])],
  ['a frame of unknown kind', Buffer.concat([HELLO, header('090000000000000100000000')])],
  ['a frame that only the runner sends', Buffer.concat([HELLO, header('050000000000000200000000')])],
  ['a grant that is too short', Buffer.concat([HELLO, LOOP, header('04000000000000010000000100')])],
  ['data without a call', Buffer.concat([HELLO, wire.frame(wire.FrameKind.data, 1, Buffer.of(1))])],
  [
    'data for a stream never opened',
    Buffer.concat([HELLO, wire.frame(wire.FrameKind.data, 2, Buffer.of(1))]),
  ],
  ['a reset of a stream never opened', Buffer.concat([HELLO, wire.resetFrame(4)])],
  ['an unknown operation', Buffer.concat([HELLO, callFrames(9 as wire.Op, 1, '')])],
  ['a stream number that was used', Buffer.concat([HELLO, callFrames(wire.Op.hook, 3, ''), LOOP])],
  ['a stream number of the runner', Buffer.concat([HELLO, callFrames(wire.Op.load, 2, '')])],
  ['a call within a call', Buffer.concat([HELLO, LOOP, callFrames(wire.Op.load, 3, '')])],
])('the runner ends with status 70 on %s', async (_name, bytes) => {
  await using runner = await Runner.start();
  runner.pipe.write(bytes);
  expect(await runner.exitCode()).toBe(70);
});
