import { execFile } from 'node:child_process';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../control-plane/src/config/config.ts';
import { ROOT } from '../project/temp.ts';
import { tempDir } from '../support/temp-dir.ts';

const run = promisify(execFile);
const make = (folder: string) => run(process.execPath, [`${ROOT}/deploy/compose/make-secrets.mjs`, folder]);

/** Every file of a folder, by name. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder);
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, (await readFile(`${folder}/${name}`, 'utf8')).trim()]),
    ),
  );
}

describe('make-secrets', () => {
  it('makes all that docker-compose.yml mounts, in a folder of its owner alone', async () => {
    await using dir = await tempDir();
    await make(dir.file('secrets'));
    const compose = await readFile(`${ROOT}/docker-compose.yml`, 'utf8');
    const mounted = [...compose.matchAll(/\/secrets\}\/(\w+)' \}/g)].map(([, name]) => name);
    expect(mounted.length).toBeGreaterThan(5);
    expect(Object.keys(await contents(dir.file('secrets')))).toEqual(expect.arrayContaining(mounted));
    const modeOf = async (name: string) => (await stat(dir.file(name))).mode & 0o777;
    expect([await modeOf('secrets'), await modeOf('secrets/server_key')]).toEqual([0o700, 0o444]);
  });

  it('makes what the server, MongoDB and Valkey take, and both sides of a password alike', async () => {
    await using dir = await tempDir();
    await make(dir.path);
    const env = {
      MONGODB_URL_FILE: dir.file('mongodb_url'),
      REDIS_URL_FILE: dir.file('redis_url'),
      SERVER_KEY_FILE: dir.file('server_key'),
    };
    const { mongodbUrl = '', redisUrl = '' } = readConfig(env);
    const made = await contents(dir.path);
    expect(new URL(mongodbUrl).password).toBe(made['mongo_password']);
    expect(made['valkey_conf']).toBe(`requirepass ${new URL(redisUrl).password}`);
    // Of a key file MongoDB takes 6 to 1,024 characters of base64.
    expect(made['mongo_keyfile']).toMatch(/^[A-Za-z0-9+/=]{6,1024}$/);
  });

  it('changes nothing that is there, and makes what is missing', async () => {
    await using dir = await tempDir();
    await make(dir.path);
    const before = await contents(dir.path);
    await rm(dir.file('grafana_password'));
    expect((await make(dir.path)).stdout).toContain('made grafana_password.');
    const after = await contents(dir.path);
    expect({ ...after, grafana_password: '' }).toEqual({ ...before, grafana_password: '' });
    expect(after['grafana_password']).not.toBe(before['grafana_password']);
    expect((await make(dir.path)).stdout).toContain('everything was there');
  });
});

/** What a script of mongosh asks for, with a server that answers as told. */
async function inMongosh(script: string, answers: Record<string, () => object>) {
  const asked: unknown[] = [];
  const admin = {
    adminCommand(command: Record<string, unknown>) {
      asked.push(command);
      return answers[Object.keys(command)[0] ?? '']?.() ?? { ok: 1 };
    },
  };
  const context = createContext({
    connect: (url: string) => (asked.push(url), admin),
    db: { getSiblingDB: (name: string) => ({ createUser: (user: object) => asked.push({ name, ...user }) }) },
    quit: (code: number) => asked.push({ quit: code }),
    require: () => ({ readFileSync: (file: string) => `of ${file.split('/').at(-1)}\n` }),
  });
  runInContext(await readFile(`${ROOT}/deploy/compose/mongo/${script}`, 'utf8'), context);
  return asked;
}

describe('the health check of MongoDB', () => {
  const URL_OF_ROOT = 'mongodb://root:of mongo_root_password@127.0.0.1:27017/admin?directConnection=true';
  const fails = (code: number) => () => {
    throw Object.assign(new Error('refused'), { code });
  };
  const primary = { hello: () => ({ isWritablePrimary: true }) };

  it('makes the replica set where there is none, and says that it takes no writes yet', async () => {
    const hello = () => ({ isWritablePrimary: false });
    const members = [{ _id: 0, host: 'mongo:27017' }];
    expect(await inMongosh('health.js', { replSetGetStatus: fails(94), hello })).toEqual([
      URL_OF_ROOT,
      { replSetGetStatus: 1 },
      { replSetInitiate: { _id: 'rs0', members } },
      { hello: 1 },
      { quit: 1 },
    ]);
  });

  it('leaves one that is there alone', async () => {
    const asked = await inMongosh('health.js', primary);
    expect(asked).toEqual([URL_OF_ROOT, { replSetGetStatus: 1 }, { hello: 1 }, { quit: 0 }]);
  });

  it('makes none while MongoDB is being set up', async () => {
    await expect(inMongosh('health.js', { ...primary, replSetGetStatus: fails(76) })).rejects.toThrow(
      'refused',
    );
  });
});

it('the servers have a user of MongoDB who may use their database and nothing else', async () => {
  const roles = [{ role: 'readWrite', db: 'multiplayer' }];
  const user = { name: 'multiplayer', user: 'multiplayer', pwd: 'of mongo_password', roles };
  expect(await inMongosh('user.js', {})).toEqual([user]);
});
