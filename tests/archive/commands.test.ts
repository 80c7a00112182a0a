import { execFile } from 'node:child_process';
import { copyFile, readdir, readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { authorize } from '../../clients/typescript/client/oauth.ts';
import { Session } from '../../clients/typescript/client/session.ts';
import { ofType } from '../../clients/typescript/demo/log.ts';
import { endOnFatal } from '../../control-plane/src/commands/command.ts';
import { FILLING_MARK } from '../../control-plane/src/archive/read.ts';
import { SqliteStore } from '../../control-plane/src/storage/sqlite/store.ts';
import { guess, playOn, readUntil, type Seated, startGame } from '../e2e/support/guessing.ts';
import { MONGO_HERE, startMongo } from '../support/mongo.ts';
import { testEnv } from '../support/server-env.ts';
import { ServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';

const COMMANDS = fileURLToPath(new URL('../../control-plane/src/commands/', import.meta.url));
const run = promisify(execFile);
const over = (log: Parameters<typeof ofType>[0]) => ofType(log, 'end').length > 0;

function command(name: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  return run(process.execPath, [`${COMMANDS}${name}.ts`, ...args], {
    env: { PATH: process.env['PATH'], ...env },
  });
}

/** Two players whose game has begun, and what is left to guess. */
async function begin(server: ServerProcess) {
  const tokens = await Promise.all(['Alice', 'Bob'].map((name) => authorize(server.url, name)));
  const clients = await Promise.all(tokens.map((token) => Session.connect(server.url, token, 'player')));
  const players = await startGame(clients as [Session, Session]);
  const left = await guess(players[0], { low: 1, high: 100 });
  for (const client of clients) await client[Symbol.asyncDispose]();
  return { tokens, players, left };
}

/** The game is played to its end at a server that holds a copy of it. */
async function finish(server: ServerProcess, { tokens, players, left }: Awaited<ReturnType<typeof begin>>) {
  const again = async (n: 0 | 1): Promise<Seated> => ({
    ...players[n],
    client: await Session.connect(server.url, tokens[n] ?? '', 'again'),
  });
  const seated = [await again(0), await again(1)] as const;
  if (left) await playOn(seated, left, 1);
  const log = await readUntil(seated[1], over);
  for (const { client } of seated) await client[Symbol.asyncDispose]();
  return log.map(({ id }) => id);
}

/** A store of the embedded kind that no server uses; its file. */
async function storeWith(
  data: Awaited<ReturnType<typeof tempDir>>,
  fill: (store: SqliteStore) => Promise<unknown> = () => Promise.resolve(),
) {
  const path = data.file('multiplayer.sqlite');
  await using store = await SqliteStore.open({ path, onFatal: endOnFatal });
  await fill(store);
  return path;
}

describe('npm run backup and restore', () => {
  it('keep what a running server holds, and a game goes on from it', async () => {
    await using data = await tempDir();
    await using copy = await tempDir();
    const env = testEnv(data.path);
    await using server = await ServerProcess.start(env);
    const game = await begin(server);
    const file = copy.file('backup.mcpm.gz');
    const kept = await command('backup', ['--to', file], env);
    expect(kept.stdout).toMatch(/holds 1 streams, \d+ commits, .* \(sha256 [0-9a-f]{64}\)\.\n.*server\.key/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    await copyFile(data.file('server.key'), copy.file('server.key'));
    const other = { ...testEnv(copy.path), PUBLIC_URL: server.url };
    const restored = await command('restore', [file], other);
    expect(restored.stdout).toMatch(/^The store holds 1 streams/);
    await expect(command('restore', [file], other)).rejects.toMatchObject({
      stderr: expect.stringContaining('The store is not empty'),
    });
    await using again = await ServerProcess.start(other);
    const ids = await finish(again, game);
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    await expect(command('restore', [file], other)).rejects.toMatchObject({
      stderr: expect.stringContaining('another process holds it'),
    });
  });

  it('work without a server too, and say what they need', async () => {
    await using data = await tempDir();
    const env = testEnv(data.path);
    await storeWith(data);
    const { stdout } = await command('backup', ['--to', data.file('empty.gz')], env);
    expect(stdout).toContain('holds 0 streams, 0 commits');
    await expect(command('restore', [], env)).rejects.toMatchObject({
      stderr: expect.stringContaining('Usage:'),
    });
    const missing = command('restore', [data.file('none.gz')], env);
    await expect(missing).rejects.toMatchObject({ stderr: expect.stringContaining('ENOENT') });
  });
});

describe('a copy', () => {
  it('is not made of a store that is not there, nor is the store', async () => {
    await using data = await tempDir();
    const nowhere = { stderr: expect.stringContaining('There is no store') };
    const to = data.file('backup.gz');
    await expect(command('backup', ['--to', to], testEnv(data.file('typo')))).rejects.toMatchObject(nowhere);
    const stores = ['--from', data.file('typo.sqlite'), '--to', data.file('target.sqlite')];
    await expect(command('migrate-store', stores, {})).rejects.toMatchObject(nowhere);
    expect(await readdir(data.path)).toEqual([]);
  });

  it('is not made of a store that holds a part of a restore', async () => {
    await using data = await tempDir();
    const path = await storeWith(data, (store) => store.commits.putMark(FILLING_MARK, 'yes'));
    const part = { stderr: expect.stringContaining('a part of a restore') };
    const backup = command('backup', ['--to', data.file('backup.gz')], testEnv(data.path));
    await expect(backup).rejects.toMatchObject(part);
    const moved = command('migrate-store', ['--from', path, '--to', data.file('target.sqlite')], {});
    await expect(moved).rejects.toMatchObject(part);
    expect(await readdir(data.path)).toEqual(['multiplayer.sqlite']);
  });

  it('is not moved from a store that holds nothing', async () => {
    await using data = await tempDir();
    const path = await storeWith(data);
    const moved = command('migrate-store', ['--from', path, '--to', data.file('target.sqlite')], {});
    await expect(moved).rejects.toMatchObject({ stderr: expect.stringContaining('holds nothing') });
    expect(await readdir(data.path)).toEqual(['multiplayer.sqlite']);
  });
});

describe.skipIf(!MONGO_HERE)(`npm run migrate-store (${MONGO_HERE})`, () => {
  it('moves a game from the embedded store to MongoDB, where it goes on, and back', {
    timeout: 120_000,
  }, async () => {
    await using mongo = await startMongo();
    await using data = await tempDir();
    const env = testEnv(data.path);
    const first = await ServerProcess.start(env);
    const game = await begin(first);
    await first.stop();

    const [from, url] = [data.file('multiplayer.sqlite'), mongo.url()];
    const before = await readFile(from);
    const moved = await command('migrate-store', ['--from', from], { MIGRATE_TO: url });
    expect(moved.stdout).toMatch(/^Both stores hold 1 streams/);
    expect(await readFile(from)).toEqual(before);
    const again = command('migrate-store', ['--from', from, '--to', url], {});
    await expect(again).rejects.toMatchObject({ stderr: expect.stringContaining('The store is not empty') });

    const shared = { ...env, MONGODB_URL: url, PUBLIC_URL: first.url };
    const second = await ServerProcess.start(shared);
    const ids = await finish(second, game);
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    await second.stop();

    await using home = await tempDir();
    await copyFile(data.file('server.key'), home.file('server.key'));
    const back = await command('migrate-store', ['--to', home.file('multiplayer.sqlite')], {
      MIGRATE_FROM: url,
    });
    expect(back.stdout).toMatch(/^Both stores hold 1 streams/);
    await using third = await ServerProcess.start({ ...testEnv(home.path), PUBLIC_URL: first.url });
    await using alice = await Session.connect(third.url, game.tokens[0] ?? '', 'home');
    const log = await readUntil({ ...game.players[0], client: alice }, over);
    expect(log.map(({ id }) => id)).toEqual(ids);
  });
});
