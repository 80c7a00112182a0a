import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import Dockerode from 'dockerode';

// Its own reaper is an image that no registry may give; `await using` removes what a test started.
process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';

const START_MS = 60_000;

/** A service in a container, on a port of this machine that stays its own. */
export interface Service extends AsyncDisposable {
  readonly port: number;
  /** Ends it at once, as a crash would. What it had on disk stays. */
  kill(): Promise<void>;
  /** Starts it again, with what is on its disk; resolves when its port answers. */
  restart(): Promise<void>;
}

export interface ServiceImage {
  readonly image: string;
  /** The port inside. */
  readonly port: number;
  readonly command?: readonly string[];
}

/** Starts a container of an image that is on this machine. */
export async function startService({ image, port, command = [] }: ServiceImage): Promise<Service> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const host = await freePort();
  const container = await new GenericContainer(image)
    .withExposedPorts({ container: port, host })
    .withCommand([...command])
    .withLabels({ 'mcp-multiplayer.test': 'service' })
    .withWaitStrategy(Wait.forLogMessage(/./))
    .withStartupTimeout(START_MS)
    .start();
  const handle = new Dockerode().getContainer(container.getId());
  try {
    await answering(host);
  } catch (error) {
    await handle.remove({ force: true, v: true });
    throw error;
  }
  return {
    port: host,
    kill: () => handle.kill({ signal: 'SIGKILL' }),
    async restart() {
      await handle.start();
      await answering(host);
    },
    async [Symbol.asyncDispose]() {
      await handle.remove({ force: true, v: true });
    },
  };
}

/** A port of this machine that nobody has right now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until something takes connections there. */
async function answering(port: number): Promise<void> {
  for (const deadline = performance.now() + START_MS; ; ) {
    if (await takesConnections(port)) return;
    if (performance.now() > deadline) throw new Error(`Nothing answers on port ${port}.`);
    await pause(50);
  }
}

/** True where a connection stays open: the engine's own forwarder takes and drops it before the service is up. */
async function takesConnections(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once('error', () => resolve(false)).once('close', () => resolve(false));
  socket.once('connect', () => setTimeout(() => resolve(true), 100));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
