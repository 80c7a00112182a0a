import { randomBytes, randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { containerBody } from '../../control-plane/src/launcher/body.ts';
import { AttachDemux } from '../../control-plane/src/sandbox/containers/demux.ts';
import { FrameReader } from '../../control-plane/src/sandbox/containers/reader.ts';
import * as wire from '../../control-plane/src/sandbox/containers/wire.ts';
import { docker, rawImage } from './support/engine.ts';
import { LIMITS } from './support/programs.ts';

/** A container without our host at its other end: a test writes what it likes. */
async function startRunner() {
  const image = await rawImage();
  const names = { name: `mcp-multiplayer-test-${randomUUID()}`, instance: `test-${randomUUID()}`, owner: '' };
  const container = await docker.createContainer(containerBody({ ...names, image, limits: LIMITS }));
  // As the client library does it by itself: its options go into the runner's stdin.
  const options = { hijack: true, stream: true, stdin: true, stdout: true, stderr: true };
  const pipe = (await container.attach(options)) as Duplex;
  const received: Buffer[] = [];
  let arrived = Promise.withResolvers<void>();
  const stdout = (bytes: Buffer) => {
    received.push(bytes);
    arrived.resolve();
  };
  const demux = new AttachDemux({ stdout, stderr: () => undefined });
  pipe.on('data', (chunk: Buffer) => demux.feed(chunk));
  await container.start();
  return {
    pipe,
    /** Resolves once what has come fulfils the condition. */
    async until<T>(found: (all: Buffer) => T | undefined): Promise<T> {
      for (;;) {
        const result = found(Buffer.concat(received));
        if (result !== undefined) return result;
        await arrived.promise;
        arrived = Promise.withResolvers<void>();
      }
    },
    exitCode: async () => (await container.wait()).StatusCode as number,
    async [Symbol.asyncDispose]() {
      pipe.destroy();
      await container.remove({ force: true });
    },
  };
}

const NONCE = randomBytes(wire.NONCE_BYTES);
const HELLO = wire.hello(NONCE);
const greeting = (all: Buffer) => (all.length >= wire.HELLO_BYTES ? all : undefined);

function callFrames(op: wire.Op, stream: number, request: string): Buffer {
  const bytes = Buffer.from(request);
  const limits = { wallMs: 5000, cpuSeconds: 6, memoryBytes: LIMITS.memoryBytes };
  const head = wire.callFrame({ nonce: NONCE, op, stream, requestBytes: bytes.length, ...limits });
  return Buffer.concat([head, wire.frame(wire.FrameKind.data, stream, bytes, wire.FLAG_END)]);
}

function framesOf(all: Buffer): wire.Frame[] {
  return [...new FrameReader().feed(all.subarray(wire.HELLO_BYTES))];
}

test('the runner skips what comes before the hello, and answers with its nonce and nothing else', async () => {
  await using runner = await startRunner();
  runner.pipe.write(Buffer.concat([wire.MAGIC.subarray(0, 5), Buffer.from('{"stdin":true}'), HELLO]));
  expect(await runner.until(greeting)).toEqual(HELLO);
});

test('the runner ends when its input ends', async () => {
  await using runner = await startRunner();
  runner.pipe.write(HELLO);
  await runner.until(greeting);
  runner.pipe.end();
  expect(await runner.exitCode()).toBe(0);
});

test('a hook before any code is loaded is answered, not run', async () => {
  await using runner = await startRunner();
  runner.pipe.write(Buffer.concat([HELLO, callFrames(wire.Op.hook, 1, '{}')]));
  const [frame] = await runner.until((all) => (framesOf(all).length > 0 ? framesOf(all) : undefined));
  expect(wire.readResult(frame?.payload ?? Buffer.alloc(0))).toMatchObject({
    cause: 'not_loaded',
    nonce: NONCE,
  });
});

test('a reply stops at the credit of its stream, while its result still comes', async () => {
  await using runner = await startRunner();
  const source = "def run(r): return b'x' * 1000000";
  runner.pipe.write(Buffer.concat([HELLO, callFrames(wire.Op.load, 1, source)]));
  const results = (all: Buffer) => framesOf(all).filter((one) => one.kind === wire.FrameKind.result);
  await runner.until((all) => (results(all).length === 1 ? true : undefined));
  runner.pipe.write(callFrames(wire.Op.hook, 3, '{}'));
  const second = await runner.until((all) => results(all)[1]);
  expect(wire.readResult(second.payload)).toMatchObject({ cause: 'ok', replyBytes: 1_000_000 });
  const sent = (all: Buffer) =>
    framesOf(all).reduce((sum, { stream, payload }) => sum + (stream === 3 ? payload.length : 0), 0);
  await runner.until((all) => (sent(all) === wire.WINDOW_BYTES ? true : undefined));
  runner.pipe.write(wire.windowFrame(3, 10));
  await runner.until((all) => (sent(all) === wire.WINDOW_BYTES + 10 ? true : undefined));
});

const header = (hex: string) => Buffer.from(hex, 'hex');
test.each([
  ['64 KiB before the hello', Buffer.alloc(70 * 1024)],
  ['a hello of another version', Buffer.concat([HELLO.subarray(0, 24), Buffer.of(2)])],
  ['a frame that is too large', Buffer.concat([HELLO, header('030000000000000100010001')])],
  ['a frame of unknown kind', Buffer.concat([HELLO, header('090000000000000100000000')])],
  ['data without a call', Buffer.concat([HELLO, wire.frame(wire.FrameKind.data, 1, Buffer.of(1))])],
  ['an unknown operation', Buffer.concat([HELLO, callFrames(9 as wire.Op, 1, '')])],
  [
    'a call within a call',
    Buffer.concat([HELLO, callFrames(wire.Op.load, 1, 'while True: pass'), callFrames(wire.Op.load, 3, '')]),
  ],
])('the runner ends with status 70 on %s', async (_name, bytes) => {
  await using runner = await startRunner();
  runner.pipe.write(bytes);
  expect(await runner.exitCode()).toBe(70);
});
