import { type EventEmitter, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createConnection } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../control-plane/src/config.ts';
import { withinMs } from '../../control-plane/src/kernel/within.ts';
import { openServerFiles } from '../../control-plane/src/server-files.ts';
import { adviceFor, holdPort } from '../../control-plane/src/startup.ts';
import { refused } from '../../control-plane/src/storage/sqlite/refusal.ts';
import { tempDir } from '../support/temp-dir.ts';

const config = readConfig({});

describe('PORT=0', () => {
  it('becomes a free port that the public URL names', async () => {
    await using held = await holdPort(readConfig({ PORT: '0' }));
    expect(held.config.port).toBeGreaterThan(0);
    expect(held.config.publicUrl).toBe(`http://127.0.0.1:${held.config.port}`);
    await held[Symbol.asyncDispose]();
    const server = createServer().listen({ host: '127.0.0.1', port: held.config.port });
    await once(server, 'listening');
    server.close();
  });

  it('leaves a PUBLIC_URL and a chosen port alone', async () => {
    await using held = await holdPort(readConfig({ PORT: '0', PUBLIC_URL: 'https://play.example' }));
    expect(held.config.publicUrl).toBe('https://play.example');
    await using fixed = await holdPort(config);
    expect(fixed.config).toBe(config);
  });
});

describe('a server that cannot start says what to do:', () => {
  it('the port is taken', async () => {
    await using held = await holdPort(readConfig({ PORT: '0' }));
    const error = await failure(createServer().listen({ host: '127.0.0.1', port: held.config.port }));
    expect(adviceFor(error, held.config)).toMatch(/^Port \d+ of 127\.0\.0\.1 is taken\..*PORT=<port>\.$/);
  });

  it('HOST is none of this machine', async () => {
    const elsewhere = readConfig({ HOST: '203.0.113.7', ALLOW_OPEN_ON_PUBLIC: 'true' });
    const error = await failure(createServer().listen({ host: elsewhere.host, port: 0 }));
    expect(adviceFor(error, elsewhere)).toContain('HOST 203.0.113.7 is no address of this machine');
  });

  it('no Docker engine answers', async () => {
    await using dir = await tempDir();
    const dockerHost = `unix://${dir.file('none.sock')}`;
    const error = await failure(createConnection(dir.file('none.sock')));
    expect(adviceFor(error, readConfig({ DOCKER_HOST: dockerHost }))).toContain(
      'point DOCKER_HOST to its socket',
    );
  });

  it('the Docker engine is stuck', async () => {
    const stuck = withinMs(1, 'Asking the container engine', () => new Promise(() => {}));
    expect(adviceFor(await stuck.catch((reason: unknown) => reason), config)).toContain('does not answer');
  });

  it('the image was not built', () => {
    const error = Object.assign(new Error('no such image'), { statusCode: 404 });
    expect(adviceFor(error, config)).toContain('npm start builds it');
  });

  it('the data directory is a file', async () => {
    await using dir = await tempDir();
    await writeFile(dir.file('taken'), '');
    const error = await openServerFiles(dir.file('taken'), undefined).catch((reason: unknown) => reason);
    const advice = adviceFor(error, readConfig({ DATA_DIR: dir.file('taken') }));
    expect(advice).toContain('cannot be used');
  });

  it('another server holds the store', () => {
    const error = refused('/data/multiplayer.sqlite', 'another process holds it');
    expect(adviceFor(error, config)).toContain('Stop that server, or choose another directory');
    expect(adviceFor(refused('/data/x', 'it is newer'), config)).toBe(
      'The store /data/x was not opened: it is newer.',
    );
  });

  it('a setting is wrong; anything else is told as it is', () => {
    expect(adviceFor(new ConfigError(['PORT is wrong.']), undefined)).toBe('PORT is wrong.');
    expect(adviceFor(new Error('unforeseen'), config)).toBeUndefined();
  });
});

async function failure(emitter: EventEmitter): Promise<unknown> {
  const [error] = await once(emitter, 'error');
  return error;
}
