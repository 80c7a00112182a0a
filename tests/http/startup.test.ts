import { type EventEmitter, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../control-plane/src/config/config.ts';
import { ConfigError } from '../../control-plane/src/config/environment.ts';
import { LauncherClient } from '../../control-plane/src/launcher/client.ts';
import { LauncherError } from '../../control-plane/src/launcher/port.ts';
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

  it('no launcher listens', async () => {
    await using dir = await tempDir();
    const here = readConfig({ LAUNCHER_SOCKET: dir.file('none.sock') });
    const client = new LauncherClient({ socketPath: here.launcherSocket });
    const error = await client.ready(0).catch((reason: unknown) => reason);
    expect(adviceFor(error, here)).toContain(`No launcher answers at ${here.launcherSocket}.`);
  });

  it('the launcher has no engine', () => {
    const error = new LauncherError('engine_silent', 'The engine took over 15000 ms.');
    expect(adviceFor(error, config)).toBe('The launcher is not ready: The engine took over 15000 ms.');
  });

  it('the data directory is a file', async () => {
    await using dir = await tempDir();
    await writeFile(dir.file('taken'), '');
    const error = await openServerFiles(dir.file('taken')).catch((reason: unknown) => reason);
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
