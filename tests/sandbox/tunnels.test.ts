import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { type OnConnection, Tunnels } from '../../control-plane/src/sandbox/containers/tunnels.ts';
import * as wire from '../../control-plane/src/sandbox/containers/wire.ts';
import { CONNECTIONS_PER_HOOK } from '../../control-plane/src/sandbox/egress-port.ts';
import { FrameReader } from '../../control-plane/src/sandbox/containers/reader.ts';

const EMPTY = Buffer.alloc(0);
const { data, window, open, reset } = wire.FrameKind;

/** Tunnels whose other end is the test: frames that PID 1 would send, and those that it would get. */
function tunnels(limit = 16) {
  const reader = new FrameReader();
  const sent: wire.Frame[] = [];
  const opened: { question: string; stream: Duplex }[] = [];
  const under = new Tunnels((bytes) => void sent.push(...reader.feed(bytes)));
  const onConnection: OnConnection = (question, stream) => {
    opened.push({ question: question.toString(), stream });
  };
  const take = (kind: number, stream: number, payload: Uint8Array = EMPTY, flags = 0) =>
    under.onFrame({ kind, stream, flags, payload: Buffer.from(payload) }, limit, onConnection);
  const sentOf = (kind: number) => sent.filter((one) => one.kind === kind);
  return { under, sent, sentOf, opened, take };
}

/** One open stream of number 2. */
function oneOpen() {
  const all = tunnels();
  all.take(open, 2, Buffer.from('to example'));
  const stream = all.opened[0]?.stream as Duplex;
  return { ...all, stream };
}

test('a question arrives as it was asked, and bytes pass both ways with half closes', async () => {
  const { take, opened, stream, sent } = oneOpen();
  expect(opened[0]?.question).toBe('to example');
  take(data, 2, Buffer.from('ping'), wire.FLAG_END);
  expect((await stream.toArray()).join('')).toBe('ping');
  stream.end('pong');
  await once(stream, 'close');
  expect(sent.map(({ kind, payload, flags }) => [kind, payload.toString(), flags])).toEqual([
    [data, 'pong', 0],
    [data, '', wire.FLAG_END],
  ]);
});

test('what is written waits for credit, and a write is done when all of it is sent', async () => {
  const { take, stream, sentOf } = oneOpen();
  const done = vi.fn<() => void>();
  stream.write(Buffer.alloc(wire.WINDOW_BYTES + 5), done);
  const bytes = () => sentOf(data).reduce((sum, { payload }) => sum + payload.length, 0);
  expect(bytes()).toBe(wire.WINDOW_BYTES);
  expect(done).not.toHaveBeenCalled();
  take(window, 2, Buffer.of(0, 0, 0, 10));
  expect(bytes()).toBe(wire.WINDOW_BYTES + 5);
  await vi.waitFor(() => expect(done).toHaveBeenCalledOnce(), 20_000);
});

test('credit is given back only as the reader takes what came', async () => {
  const { take, stream, sentOf } = oneOpen();
  for (let sent = 0; sent < wire.WINDOW_BYTES; sent += wire.MAX_PAYLOAD)
    take(data, 2, Buffer.alloc(wire.MAX_PAYLOAD));
  expect(sentOf(window)).toEqual([]);
  expect(() => take(data, 2, Buffer.of(1))).toThrow('without credit');
  let read = 0;
  stream.on('data', (chunk: Buffer) => (read += chunk.length));
  await vi.waitFor(() => expect(read).toBe(wire.WINDOW_BYTES), 20_000);
  await vi.waitFor(() => {
    const granted = sentOf(window).reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
    expect(granted).toBe(wire.WINDOW_BYTES);
  }, 20_000);
});

test('a reset from the bot ends the stream without an answer, one from the host is sent', async () => {
  const { take, stream, sent } = oneOpen();
  const closed = once(stream, 'close');
  take(reset, 2);
  await expect(closed).rejects.toThrow('reset');
  expect(stream.destroyed).toBe(true);
  expect(sent).toEqual([]);
  const other = oneOpen();
  other.stream.destroy();
  await once(other.stream, 'close');
  expect(other.sent.map(({ kind, stream: id }) => [kind, id])).toEqual([[reset, 2]]);
});

test('frames for a stream that is over are dropped', async () => {
  const { take, stream, opened } = oneOpen();
  stream.destroy();
  await once(stream, 'close');
  for (const kind of [data, window, reset]) take(kind, 2, Buffer.alloc(4));
  expect(opened).toHaveLength(1);
});

test('over the limit of open streams a question is answered with a reset', () => {
  const { take, opened, sent } = tunnels(2);
  for (const id of [2, 4, 6]) take(open, id);
  expect(opened).toHaveLength(2);
  expect(sent.map(({ kind, stream }) => [kind, stream])).toEqual([[reset, 6]]);
});

test('questions beyond all that a call may ask are answered with a reset unheard, and the next call is heard', () => {
  const { under, take, opened, sent } = tunnels();
  let id = 0;
  const ask = () => {
    take(open, (id += 2));
    take(reset, id);
  };
  for (let asked = 0; asked < 5_000; asked++) ask();
  expect(opened).toHaveLength(CONNECTIONS_PER_HOOK + 16);
  expect(sent.map(({ kind }) => kind)).toEqual(Array(5_000 - opened.length).fill(reset));
  under.abandonAll();
  ask();
  expect(opened).toHaveLength(CONNECTIONS_PER_HOOK + 17);
});

test('questions without end break the protocol', () => {
  const { take } = tunnels();
  const askOn = () => {
    for (let id = 2; id <= 2 * 70_000; id += 2) take(open, id);
  };
  expect(askOn).toThrow('Too many streams');
});

test('when the call is over all of its streams end, without a word', async () => {
  const { under, take, opened, sent } = tunnels();
  for (const id of [2, 4]) take(open, id);
  const closed = Promise.all(opened.map(({ stream }) => once(stream, 'close')));
  under.abandonAll();
  await closed;
  expect(sent).toEqual([]);
});

test.each([
  ['data of a stream that was never opened', [data, 4, EMPTY]],
  ['a number that was used before', [open, 2, EMPTY]],
  ['a question over 512 bytes', [open, 4, Buffer.alloc(513)]],
  ['more credit than was used', [window, 2, Buffer.of(0, 0, 0, 1)]],
  ['a grant of three bytes', [window, 2, Buffer.alloc(3)]],
  ['a result on a stream', [wire.FrameKind.result, 2, Buffer.alloc(32)]],
] as const)('%s breaks the protocol', (_name, [kind, id, payload]) => {
  const { take } = oneOpen();
  expect(() => take(kind, id, payload)).toThrow();
});

test('what came in a byte a frame while nobody read is handed on in few pieces', async () => {
  const { take, stream } = oneOpen();
  for (let sent = 0; sent < wire.WINDOW_BYTES; sent++) take(data, 2, Buffer.of(sent & 0xff));
  const pieces: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => pieces.push(chunk));
  await vi.waitFor(() => expect(Buffer.concat(pieces).length).toBe(wire.WINDOW_BYTES), 20_000);
  expect(pieces.length).toBeLessThan(8);
  expect(Buffer.concat(pieces).every((byte, at) => byte === (at & 0xff))).toBe(true);
});
