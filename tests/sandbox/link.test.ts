import { type Duplex, duplexPair } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type LinkCall, LinkLostError, RunnerLink } from '../../control-plane/src/sandbox/containers/link.ts';
import * as wire from '../../control-plane/src/sandbox/containers/wire.ts';
import { clean, onOutput, result } from './support/fake-runner.ts';

const LIMITS = { wallMs: 1000, memoryBytes: 1 };
const CALL: LinkCall = { op: wire.Op.hook, request: Buffer.alloc(1), limits: LIMITS };

/** A link, and the other end as a container would hold it. */
async function connect(): Promise<{ link: RunnerLink; far: Duplex; hello: Buffer }> {
  const [near, far] = duplexPair();
  const link = new RunnerLink(near);
  const hello = await read(far, wire.HELLO_BYTES);
  return { link, far, hello };
}

async function read(far: Duplex, bytes: number): Promise<Buffer> {
  for (;;) {
    const got: Buffer | null = far.read(bytes);
    if (got) return got;
    await new Promise((resolve) => far.once('readable', resolve));
  }
}

/** A link with one open call, and the nonce and stream that the call has. */
async function connectAndCall(more: Pick<LinkCall, 'connect'> = {}) {
  const { link, far, hello } = await connect();
  far.write(onOutput(hello));
  await link.ready();
  const end = link.call({ op: wire.Op.hook, request: Buffer.from('{}'), limits: LIMITS, ...more });
  const call = (await read(far, wire.HEADER_BYTES + 48)).subarray(wire.HEADER_BYTES);
  return { link, far, end, nonce: call.subarray(0, 16), stream: call.readUInt32BE(20) };
}

const data = (stream: number, bytes: number, flags = 0) =>
  wire.frame(wire.FrameKind.data, stream, Buffer.alloc(bytes), flags);

test('a reply arrives whole however its bytes are cut', async () => {
  const { far, end, nonce, stream } = await connectAndCall();
  const reply = wire.frame(wire.FrameKind.data, stream, Buffer.from('{"posts":[]}'), wire.FLAG_END);
  for (const byte of onOutput(Buffer.concat([reply, result(nonce, 12)]))) far.write(Buffer.of(byte));
  expect((await end).reply.toString()).toBe('{"posts":[]}');
});

test('the next call is sent when the one before is cleared away, and not sooner', async () => {
  const { link, far, end, nonce } = await connectAndCall();
  await read(far, wire.HEADER_BYTES + 2);
  far.write(onOutput(result(nonce, 0, 3)));
  await end;
  const next = link.call(CALL);
  next.catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  expect(far.read()).toBeNull();
  far.write(onOutput(clean(nonce)));
  expect((await read(far, wire.HEADER_BYTES + 48)).readUInt8(0)).toBe(wire.FrameKind.call);
  link.destroy();
});

test('residue does not undo the call, and ends the link', async () => {
  const { link, far, end, nonce } = await connectAndCall();
  far.write(onOutput(Buffer.concat([result(nonce, 0, 3), clean(nonce, 1)])));
  expect(await end).toMatchObject({ cause: 'timeout' });
  expect(await link.lost).toMatchObject({ how: 'residue' });
  await expect(link.call(CALL)).rejects.toThrow(LinkLostError);
});

const GREETINGS: readonly [name: string, answer: (hello: Buffer) => Buffer][] = [
  ['another nonce', (hello) => onOutput(Buffer.concat([hello.subarray(0, 8), Buffer.alloc(17)]))],
  ['something else than the protocol', () => onOutput(Buffer.from('Traceback (most recent call last)'))],
  ['what is no attach stream', () => Buffer.from('HTTP/1.1 500 Internal Server Error')],
  ['a flood on stderr', () => onOutput(Buffer.alloc(65 * 1024), 2)],
];

test.each(GREETINGS)('a container that greets with %s is not used', async (_name, answer) => {
  const { link, far, hello } = await connect();
  far.write(answer(hello));
  await expect(link.ready()).rejects.toThrow(LinkLostError);
  expect(link.isLost).toBe(true);
});

type Misuse = (call: { nonce: Uint8Array; stream: number }) => Buffer;
const header = (hex: string) => Buffer.from(hex, 'hex');
const MISUSES: readonly [name: string, bytes: Misuse][] = [
  ['text', () => Buffer.from('hello, world\n')],
  ['a frame of 64 KiB and one byte', () => header('030000000000000100010001')],
  ['a frame of unknown kind', () => header('090000000000000100000000')],
  ['a result for another nonce', () => result(Buffer.alloc(16), 0)],
  ['a result with an unknown cause', ({ nonce }) => result(nonce, 0, 99)],
  ['a result that is too short', () => wire.frame(wire.FrameKind.result, 0, Buffer.alloc(31))],
  ['a clean frame before its result', ({ nonce }) => clean(nonce)],
  ['a result before its reply', ({ nonce, stream }) => Buffer.concat([result(nonce, 1), data(stream, 1, 1)])],
  ['data of a connection that was never opened', () => data(2, 1)],
  ['a question of 513 bytes', () => wire.frame(wire.FrameKind.open, 2, Buffer.alloc(513))],
  [
    'a reply longer than its result says',
    ({ nonce, stream }) => Buffer.concat([data(stream, 2, 1), result(nonce, 1)]),
  ],
  ['a reply without its end', ({ nonce, stream }) => Buffer.concat([data(stream, 2), result(nonce, 2)])],
  ['data after the end', ({ stream }) => Buffer.concat([data(stream, 1, 1), data(stream, 1)])],
  ['data on another stream', ({ stream }) => data(stream + 2, 1)],
  ['more credit than was used', ({ stream }) => wire.windowFrame(stream, 1 << 20)],
];

test.each(MISUSES)('a link that carries %s is given up', async (_name, bytes) => {
  const { link, far, end, nonce, stream } = await connectAndCall();
  far.write(onOutput(bytes({ nonce, stream })));
  await expect(end).rejects.toThrow(LinkLostError);
  await expect(link.call(CALL)).rejects.toThrow(LinkLostError);
});

test.each([
  ['a second result', (nonce: Uint8Array) => result(nonce, 0, 3)],
  ['data', (_nonce: Uint8Array, stream: number) => data(stream, 1)],
  ['a clean frame for another call', () => clean(Buffer.alloc(16))],
])('%s after a result ends the link', async (_name, bytes) => {
  const { link, far, end, nonce, stream } = await connectAndCall();
  far.write(onOutput(result(nonce, 0, 3)));
  await end;
  far.write(onOutput(bytes(nonce, stream)));
  expect(await link.lost).toMatchObject({ how: 'misused' });
});

test('a frame while no call is open ends the link', async () => {
  const { link, far, end, nonce } = await connectAndCall();
  far.write(onOutput(Buffer.concat([result(nonce, 0, 3), clean(nonce)])));
  expect(await end).toMatchObject({ cause: 'timeout' });
  far.write(onOutput(result(nonce, 0, 3)));
  expect(await link.lost).toBeInstanceOf(LinkLostError);
});

test('a request waits for credit, and data beyond the reply’s cap ends the link', async () => {
  const { link, far, hello } = await connect();
  far.write(onOutput(hello));
  await link.ready();
  const end = link.call({ ...CALL, request: Buffer.alloc(wire.WINDOW_BYTES + 10) });
  const first = wire.HEADER_BYTES + 48 + 4 * (wire.HEADER_BYTES + wire.MAX_PAYLOAD);
  await read(far, first);
  expect(far.read(1)).toBeNull();
  far.write(onOutput(wire.windowFrame(1, wire.WINDOW_BYTES)));
  expect((await read(far, wire.HEADER_BYTES + 10)).readUInt8(1)).toBe(wire.FLAG_END);
  const frames = Array.from({ length: wire.REPLY_CAP / wire.MAX_PAYLOAD + 1 }, () =>
    data(1, wire.MAX_PAYLOAD),
  );
  far.resume();
  far.write(onOutput(Buffer.concat(frames)));
  await expect(end).rejects.toThrow(LinkLostError);
});

test('a container that is not cleared away within two seconds of its result is given up', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { link, far, end, nonce } = await connectAndCall();
  far.write(onOutput(result(nonce, 0, 3)));
  await end;
  vi.advanceTimersByTime(1999);
  expect(link.isLost).toBe(false);
  vi.advanceTimersByTime(1);
  expect(await link.lost).toMatchObject({ how: 'silent' });
});
