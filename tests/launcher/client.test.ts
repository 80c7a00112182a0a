import { once } from 'node:events';
import { lstat, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { TimeLimitError } from '../../control-plane/src/kernel/within.ts';
import { LauncherClient } from '../../control-plane/src/launcher/client.ts';
import { encodeFrame } from '../../control-plane/src/launcher/frames.ts';
import { LauncherAwayError, LauncherError } from '../../control-plane/src/launcher/port.ts';
import { LauncherServer } from '../../control-plane/src/launcher/server.ts';
import { tempDir } from '../support/temp-dir.ts';
import { LIMITS, startTestLauncher } from './support/launcher.ts';

describe('the pipe of a container', () => {
  it('carries bytes both ways as they are, and what a container writes last is delivered', async () => {
    await using launcher = await startTestLauncher();
    const { id, pipe } = await launcher.client.start(LIMITS);
    const { inside, limits } = launcher.fake.containers.get(id) ?? { inside: pipe, limits: undefined };
    expect(limits).toEqual(LIMITS);
    const sent = `${'\u0000\u0001ÿ'.repeat(100_000)}end`;
    const back = text(pipe);
    inside.pipe(inside);
    pipe.write(sent);
    let heard = 0;
    pipe.on('data', (chunk: Buffer) => {
      heard += chunk.length;
      if (heard === Buffer.byteLength(sent)) inside.end('last words');
    });
    expect((await back) === `${sent}last words`).toBe(true);
    await expect.poll(() => launcher.fake.containers.size).toBe(0);
  });

  it('is not read on one side while the other does not take it', async () => {
    await using launcher = await startTestLauncher();
    const { id, pipe } = await launcher.client.start(LIMITS);
    const { inside } = launcher.fake.containers.get(id) ?? { inside: pipe };
    const chunks = 256;
    for (let n = 0; n < chunks; n++) inside.write(Buffer.alloc(65_536));
    await vi.waitUntil(() => pipe.readableLength > 0, 20_000);
    expect(inside.writableLength).toBeGreaterThan((chunks / 2) * 65_536);
    const flowing = once(inside, 'drain');
    pipe.resume();
    await flowing;
  });

  it('breaks when the launcher ends, and the container is gone', async () => {
    await using launcher = await startTestLauncher();
    const { pipe } = await launcher.client.start(LIMITS);
    const closed = once(pipe.resume(), 'close');
    await launcher.server.close();
    await closed;
    expect(launcher.fake.containers.size).toBe(0);
  });
});

describe('a container that ended for want of memory', () => {
  it('is remembered when it is gone', async () => {
    await using launcher = await startTestLauncher();
    const { id, pipe } = await launcher.client.start(LIMITS);
    const container = launcher.fake.containers.get(id);
    expect(await launcher.client.ranOutOfMemory(id)).toBe(false);
    if (container) container.outOfMemory = true;
    container?.inside.end();
    await once(pipe.resume(), 'close');
    await expect.poll(() => launcher.fake.containers.size).toBe(0);
    expect(await launcher.client.ranOutOfMemory(id)).toBe(true);
    expect(await launcher.client.ranOutOfMemory('c'.repeat(64))).toBe(false);
  });
});

describe('a client of a launcher', () => {
  it('that is not there is told so by type', async () => {
    await using dir = await tempDir();
    const client = new LauncherClient({ socketPath: dir.file('none.sock') });
    for (const call of [client.about(), client.start(LIMITS)])
      await expect(call).rejects.toThrow(LauncherAwayError);
    expect(await client.ranOutOfMemory('a'.repeat(64))).toBe(false);
    await client.remove('a'.repeat(64));
  });

  it('that comes later waits for it', async () => {
    await using launcher = await startTestLauncher();
    await launcher.server.close();
    const waiting = launcher.client.ready(10_000);
    const { fake, socketPath } = launcher;
    const log = { warn: () => undefined };
    await using _late = await LauncherServer.listen({ launcher: fake, socketPath, maxContainers: 1, log });
    expect(await waiting).toMatchObject({ runtime: 'runc' });
  });

  it.each([
    ['engine', new Error('no space left')],
    ['engine_silent', new TimeLimitError('Creating a container', 5)],
    ['engine_silent', Object.assign(new Error('connect ENOENT'), { syscall: 'connect' })],
    ['no_image', Object.assign(new Error('no such image'), { statusCode: 404 })],
  ])('gets `%s` with a sentence when the engine fails so: %s', async (code, failure) => {
    await using launcher = await startTestLauncher();
    launcher.fake.failure = failure;
    for (const call of [launcher.client.about(), launcher.client.start(LIMITS)])
      await expect(call).rejects.toEqual(expect.objectContaining({ code, message: failure.message }));
    launcher.fake.failure = undefined;
    expect(await launcher.client.start(LIMITS)).toMatchObject({ name: 'bot-1' });
  });

  it.each<[string, (socket: Socket) => void, new (...args: never[]) => Error]>([
    ['hangs up without a word', (socket) => void socket.destroy(), LauncherAwayError],
    [
      'hangs up in the middle of a word',
      (socket) => void socket.end(Buffer.from([0, 0, 0])),
      LauncherAwayError,
    ],
    ['says nothing', () => undefined, TimeLimitError],
    ['announces 4 GiB', (socket) => void socket.write(Buffer.alloc(4, 0xff)), Error],
    ['answers another question', (socket) => void socket.end(encodeFrame({ ok: {} })), LauncherError],
    ['answers no JSON', (socket) => void socket.end(Buffer.from([0, 0, 0, 1, 0x7b])), LauncherError],
  ])('is not held up by one that %s', async (_, reply, type) => {
    await using dir = await tempDir();
    await using _impostor = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => reply(socket));
    }).listen(dir.file('l.sock'));
    const limits = { answerLimitMs: 100, startLimitMs: 100 };
    const client = new LauncherClient({ socketPath: dir.file('l.sock'), ...limits });
    await expect(client.about()).rejects.toThrow(type);
    await expect(client.start(LIMITS)).rejects.toThrow(type);
  });
});

describe('the socket', () => {
  it('is reachable by this user alone', async () => {
    await using launcher = await startTestLauncher();
    expect((await lstat(launcher.socketPath)).mode & 0o777).toBe(0o600);
  });

  it('of a living launcher is not taken away, that of a dead one is', async () => {
    await using launcher = await startTestLauncher();
    const { fake, socketPath } = launcher;
    const options = { launcher: fake, socketPath, maxContainers: 1, log: { warn: () => undefined } };
    await expect(LauncherServer.listen(options)).rejects.toThrow(`Another process listens on ${socketPath}.`);
    expect(await launcher.client.about()).toMatchObject({ runtime: 'runc' });
  });

  it('is not made in place of a file that is none', async () => {
    await using dir = await tempDir();
    await using launcher = await startTestLauncher();
    await writeFile(dir.file('precious'), 'text');
    const options = { launcher: launcher.fake, maxContainers: 1, log: { warn: () => undefined } };
    const refused = LauncherServer.listen({ ...options, socketPath: dir.file('precious') });
    await expect(refused).rejects.toThrow();
    expect((await lstat(dir.file('precious'))).isFile()).toBe(true);
  });
});
