import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { encodeFrame } from '../../control-plane/src/launcher/frames.ts';
import { answerOf, LIMITS, START, say, startTestLauncher, type TestLauncher } from './support/launcher.ts';

const BAD = expect.objectContaining({ error: expect.objectContaining({ code: 'bad_request' }) });
const UNKNOWN = expect.objectContaining({ error: expect.objectContaining({ code: 'unknown_container' }) });
const raw = (bytes: Buffer | string) => (socket: Socket) => void socket.write(bytes);
const json = (value: unknown) => raw(encodeFrame(value as never));
const text = (payload: string) => {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(Buffer.byteLength(payload));
  return raw(Buffer.concat([header, Buffer.from(payload)]));
};

describe('a request that is none is refused, and makes no container:', () => {
  it.each<[string, (socket: Socket) => void, unknown]>([
    ['a frame longer than allowed', raw(Buffer.from([0, 0, 0x10, 0x01])), BAD],
    ['a length of 4 GiB', raw(Buffer.from([0xff, 0xff, 0xff, 0xff])), BAD],
    ['an empty frame', raw(Buffer.alloc(4)), BAD],
    ['text that is no JSON', text('{"v":1,'), BAD],
    ['a duplicate key', text('{"v":1,"op":"about","op":"start"}'), BAD],
    ['bytes that are no UTF-8', raw(Buffer.from([0, 0, 0, 2, 0xff, 0xfe])), BAD],
    ['an array', json([START]), BAD],
    ['another version', json({ ...START, v: 2 }), BAD],
    ['an unknown operation', json({ v: 1, op: 'exec', id: 'a'.repeat(64) }), BAD],
    ['a name of the prototype', json({ v: 1, op: '__proto__' }), BAD],
    ['an extra field', json({ ...START, image: 'other' }), BAD],
    ['a mount', json({ ...START, binds: ['/:/host'] }), BAD],
    ['negative memory', json({ ...START, memory_bytes: -1 }), BAD],
    ['no memory at all', json({ ...START, memory_bytes: 0 }), BAD],
    ['memory beyond the range', json({ ...START, memory_bytes: 2 ** 40 }), BAD],
    ['half a byte', json({ ...START, memory_bytes: 64 * 2 ** 20 + 0.5 }), BAD],
    ['a number as text', json({ ...START, processes: '64' }), BAD],
    ['negative processes', json({ ...START, processes: -1 }), BAD],
    ['unlimited processes', json({ ...START, processes: 1e9 }), BAD],
    ['HTTP', raw('GET /containers/json HTTP/1.1\r\n\r\n'), BAD],
    ['a container that nobody has', json({ v: 1, op: 'remove', id: 'b'.repeat(64) }), UNKNOWN],
    ['a path for an id', json({ v: 1, op: 'remove', id: '../../images/x' }), BAD],
    ['a short id', json({ v: 1, op: 'ran_out_of_memory', id: 'abc' }), BAD],
    [
      'a second request behind the first',
      raw(Buffer.concat([encodeFrame({ v: 1, op: 'about' }), Buffer.from('more')])),
      BAD,
    ],
  ])('%s', async (_, attack, expected) => {
    await using launcher = await startTestLauncher();
    const socket = await launcher.dial();
    attack(socket);
    expect(await answerOf(socket)).toEqual(expected);
    socket.resume();
    if (!socket.destroyed) await once(socket, 'close');
    expect(launcher.fake.started).toEqual([]);
    expect(await launcher.client.about()).toMatchObject({ runtime: 'runc' });
  });

  it('a client that says nothing, or half a frame and then nothing, is cut off', async () => {
    await using launcher = await startTestLauncher({ requestLimitMs: 100 });
    const [mute, half] = [await launcher.dial(), await launcher.dial()];
    half.write(encodeFrame(START).subarray(0, 20));
    expect(await Promise.all([answerOf(mute), answerOf(half)])).toEqual([BAD, BAD]);
    expect(launcher.fake.started).toEqual([]);
  });

  it('a container of a launcher that is gone', async () => {
    await using before = await startTestLauncher();
    const { id } = await before.client.start(LIMITS);
    await using launcher = await startTestLauncher();
    const socket = await launcher.dial();
    say(socket, { v: 1, op: 'remove', id });
    expect(await answerOf(socket)).toEqual(UNKNOWN);
    expect(before.fake.containers.size).toBe(1);
  });
});

describe('a client that leaves takes its container along:', () => {
  /** A start that waits until it is let on. */
  async function halfStarted(launcher: TestLauncher) {
    const gate = Promise.withResolvers<void>();
    launcher.fake.gate = gate.promise;
    const socket = await launcher.dial();
    say(socket, START);
    await vi.waitUntil(() => launcher.fake.starting === 1, 20_000);
    return { socket, letOn: gate.resolve };
  }

  it.each<[string, (socket: Socket) => void]>([
    ['by hanging up', (socket) => void socket.destroy()],
    ['by closing its half', (socket) => void socket.end()],
    ['by writing before it was answered', (socket) => void socket.write('too early')],
  ])('in the middle of a start, %s', async (_, leave) => {
    await using launcher = await startTestLauncher();
    const { socket, letOn } = await halfStarted(launcher);
    const closed = socket.destroyed ? undefined : once(socket.resume(), 'close');
    leave(socket);
    await closed;
    letOn();
    await expect.poll(() => [launcher.fake.started.length, launcher.fake.containers.size]).toEqual([1, 0]);
  });

  it('when it hangs up', async () => {
    await using launcher = await startTestLauncher();
    const { pipe } = await launcher.client.start(LIMITS);
    pipe.destroy();
    await expect.poll(() => launcher.fake.containers.size).toBe(0);
  });

  it('when it hangs up while the pipe is full both ways', async () => {
    await using launcher = await startTestLauncher();
    const { id, pipe } = await launcher.client.start(LIMITS);
    const { inside } = launcher.fake.containers.get(id) ?? { inside: pipe };
    for (const side of [inside, pipe]) for (let n = 0; n < 64; n++) side.write(Buffer.alloc(65_536));
    await vi.waitUntil(() => inside.readableLength > 0 && pipe.readableLength > 0, 20_000);
    pipe.destroy();
    await expect.poll(() => launcher.fake.containers.size).toBe(0);
  });

  it('when it hangs up while the container takes nothing and says nothing', async () => {
    await using launcher = await startTestLauncher({ pipeLimits: { stallMs: 200, lingerMs: 10_000 } });
    const { id, pipe } = await launcher.client.start(LIMITS);
    for (let n = 0; n < 64; n++) pipe.write(Buffer.alloc(65_536));
    await vi.waitUntil(() => (launcher.fake.containers.get(id)?.inside.readableLength ?? 0) > 0, 20_000);
    pipe.destroy();
    await expect.poll(() => launcher.fake.containers.size).toBe(0);
  });

  it('when it closes its half', async () => {
    await using launcher = await startTestLauncher();
    const { pipe } = await launcher.client.start(LIMITS);
    pipe.end();
    await expect.poll(() => launcher.fake.containers.size).toBe(0);
  });

  it('when its container has ended and it does not read what it wrote last', async () => {
    await using launcher = await startTestLauncher({ pipeLimits: { stallMs: 10_000, lingerMs: 100 } });
    const { id } = await launcher.client.start(LIMITS);
    launcher.fake.containers.get(id)?.inside.end('last words');
    await expect.poll(() => launcher.fake.containers.size).toBe(0);
  });

  it('when it asks for its removal on another connection', async () => {
    await using launcher = await startTestLauncher();
    const { id, pipe } = await launcher.client.start(LIMITS);
    const socket = await launcher.dial();
    say(socket, { v: 1, op: 'remove', id });
    expect(await answerOf(socket)).toEqual({ ok: {} });
    expect(launcher.fake.containers.size).toBe(0);
    if (!pipe.destroyed) await once(pipe.resume(), 'close');
  });
});

describe('a flood', () => {
  it('of starts ends at MAX_CONTAINERS, and a place that is free again is given out again', async () => {
    await using launcher = await startTestLauncher();
    const starts = await Promise.allSettled(Array.from({ length: 10 }, () => launcher.client.start(LIMITS)));
    const [first, ...others] = starts.filter((start) => start.status === 'fulfilled');
    expect(others).toHaveLength(3);
    expect(starts.filter((start) => start.status === 'rejected').map(({ reason }) => reason)).toEqual(
      Array.from({ length: 6 }, () => expect.objectContaining({ code: 'full' })),
    );
    await launcher.client.remove(first?.value.id ?? '');
    expect(await launcher.client.start(LIMITS)).toMatchObject({ name: 'bot-5' });
  });

  it('of connections that say nothing is bounded, and over with their time', async () => {
    await using launcher = await startTestLauncher({ requestLimitMs: 2_000, maxContainers: 1 });
    const sockets = await Promise.all(Array.from({ length: 200 }, () => launcher.dial()));
    const answers = await Promise.all(sockets.map(answerOf));
    // Those beyond the bound are closed at once, without a word.
    expect(answers.filter((answer) => answer !== undefined).length).toBeLessThanOrEqual(65);
    expect(answers).toContainEqual(BAD);
    await vi.waitUntil(() => launcher.client.about().catch(() => false), { timeout: 20_000 });
  });
});
