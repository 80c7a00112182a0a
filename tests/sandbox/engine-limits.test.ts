import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { Engine } from '../../control-plane/src/launcher/engine.ts';
import { TimeLimitError } from '../../control-plane/src/kernel/within.ts';
import { LIMITS } from './support/programs.ts';
import { startSandbox } from './support/sandbox.ts';

const LIMIT_MS = 100;

/** An engine that takes connections and never says a word. */
class SilentEngine implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #folder: string;

  private constructor(server: Server, folder: string) {
    this.#server = server;
    this.#folder = folder;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.resume();
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<SilentEngine> {
    const folder = await mkdtemp(join(tmpdir(), 'engine-'));
    const engine = new SilentEngine(createServer(), folder);
    const { promise, resolve } = Promise.withResolvers<void>();
    engine.#server.listen(engine.socketPath, resolve);
    await promise;
    return engine;
  }

  get socketPath(): string {
    return join(this.#folder, 'engine.sock');
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await rm(this.#folder, { recursive: true });
  }
}

const request = { name: 'n', image: 'i', instance: 'i', owner: 'o', user: 1_900_000_000, limits: LIMITS };
const CALLS: readonly [name: string, run: (engine: Engine) => Promise<unknown>][] = [
  ['ping', (engine) => engine.ping()],
  ['imageDigest', (engine) => engine.imageDigest('image')],
  ['create', (engine) => engine.create(request)],
  ['attach', (engine) => engine.attach('id')],
  ['start', (engine) => engine.start('id')],
  ['ranOutOfMemory', (engine) => engine.ranOutOfMemory('id')],
  ['remove', (engine) => engine.remove('id')],
  ['list', (engine) => engine.list()],
];

test.each(CALLS)(
  '%s gives up an engine that does not answer, and the connection to it',
  async (_name, run) => {
    await using silent = await SilentEngine.start();
    await expect(run(new Engine(silent.socketPath, LIMIT_MS))).rejects.toThrow(TimeLimitError);
    await vi.waitFor(() => expect(silent.openConnections).toBe(0), 20_000);
  },
);

test('a sandbox does not start on an engine that does not answer', async () => {
  await using silent = await SilentEngine.start();
  const options = { socketPath: silent.socketPath, image: 'any', callTimeoutMs: LIMIT_MS };
  await expect(startSandbox(options)).rejects.toThrow(TimeLimitError);
});
