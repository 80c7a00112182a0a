import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { startLauncher } from '../../control-plane/src/launcher/main.ts';
import { readLauncherConfig } from '../../control-plane/src/config/config.ts';
import { socketGroup } from '../../control-plane/src/launcher/socket-group.ts';
import { tempDir } from '../support/temp-dir.ts';
import { LIMITS, START, say, startTestLauncher } from './support/launcher.ts';

describe('a container that cannot be removed', () => {
  const BUSY = new Error('device or resource busy');

  it('is told so, keeps its place, and is tried again until it is gone', async () => {
    await using launcher = await startTestLauncher({ maxContainers: 1, removalPauseMs: 1 });
    const { id, pipe } = await launcher.client.start(LIMITS);
    launcher.fake.removalFailure = BUSY;
    await expect(launcher.client.remove(id)).rejects.toThrow(BUSY.message);
    expect(pipe.destroyed).toBe(true);
    await expect(launcher.client.start(LIMITS)).rejects.toMatchObject({ code: 'full' });
    launcher.fake.removalFailure = undefined;
    await launcher.client.remove(id);
    expect(launcher.fake.containers.size).toBe(0);
    expect(await launcher.client.start(LIMITS)).toMatchObject({ name: 'bot-2' });
  });

  it('does not keep a launcher from ending', async () => {
    await using launcher = await startTestLauncher();
    await launcher.client.start(LIMITS);
    launcher.fake.removalFailure = BUSY;
    await launcher.server.close();
    expect(launcher.fake.containers.size).toBe(1);
  });
});

it('a launcher that ends waits for the starts under way, and removes what they made', async () => {
  await using launcher = await startTestLauncher();
  const gate = Promise.withResolvers<void>();
  launcher.fake.gate = gate.promise;
  const socket = await launcher.dial();
  say(socket, START);
  await vi.waitUntil(() => launcher.fake.starting === 1, 20_000);
  let ended = false;
  const closing = launcher.server.close().then(() => {
    ended = true;
  });
  await once(socket, 'close');
  for (let n = 0; n < 20; n++) await turn();
  expect(ended).toBe(false);
  gate.resolve();
  await closing;
  expect([launcher.fake.started.length, launcher.fake.containers.size]).toEqual([1, 0]);
});

describe('a group that may connect', () => {
  const OWN = process.getgid?.() ?? 0;

  it('gets the socket, and nobody else', async () => {
    await using launcher = await startTestLauncher({ socketGroup: OWN });
    const { mode, gid } = await lstat(launcher.socketPath);
    expect([mode & 0o777, gid]).toEqual([0o660, OWN]);
  });

  /** A socket's path in a directory of that mode. */
  async function socketIn(parent: string, mode: number): Promise<string> {
    await mkdir(`${parent}/run`);
    await chmod(`${parent}/run`, mode);
    return `${parent}/run/launcher.sock`;
  }

  it.each([
    ['the group in', 0o750],
    ['everyone in', 0o711],
  ])('is taken where the directory lets %s', async (_, mode) => {
    await using dir = await tempDir();
    expect(await socketGroup(String(OWN), await socketIn(dir.path, mode))).toBe(OWN);
  });

  it.each([
    ['lets nobody in', 0o700, /may not enter/],
    ['may be written to by the group', 0o770, /put a socket of theirs/],
    ['may be written to by everyone', 0o777, /put a socket of theirs/],
  ])('is refused where the directory %s', async (_, mode, refusal) => {
    await using dir = await tempDir();
    await expect(socketGroup(String(OWN), await socketIn(dir.path, mode))).rejects.toThrow(refusal);
  });

  it('may be named, and must be there', async () => {
    await using dir = await tempDir();
    await chmod(dir.path, 0o755);
    expect(await socketGroup('root', dir.file('launcher.sock'))).toBe(0);
    await expect(socketGroup('no-such-group', dir.file('launcher.sock'))).rejects.toThrow('no group');
  });
});

it('a launcher that is told to end while it starts does so, also as the first process of a container', async () => {
  await using dir = await tempDir();
  // An engine that takes the call and never answers.
  const asked = Promise.withResolvers<void>();
  await using _engine = createServer(() => asked.resolve()).listen(dir.file('engine.sock'));
  const main = fileURLToPath(new URL('../../control-plane/src/launcher/main.ts', import.meta.url));
  const env = {
    PATH: process.env['PATH'],
    DATA_DIR: dir.path,
    DOCKER_HOST: `unix://${dir.file('engine.sock')}`,
  };
  const launcher = spawn(process.execPath, [main], { env, stdio: 'ignore' });
  await asked.promise;
  launcher.kill('SIGTERM');
  // A code, not a signal: it heard it itself.
  expect(await once(launcher, 'exit')).toEqual([143, null]);
});

it('a second launcher ends before it looks at any container', async () => {
  await using launcher = await startTestLauncher();
  await using dir = await tempDir();
  const config = readLauncherConfig({
    DATA_DIR: dir.path,
    LAUNCHER_SOCKET: launcher.socketPath,
    DOCKER_HOST: `unix://${dir.file('no-engine.sock')}`,
  });
  const log = { info: () => undefined, warn: () => undefined };
  await expect(startLauncher(config, log)).rejects.toThrow('Another process listens');
});
