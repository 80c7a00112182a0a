import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How long a stopping server waits for a request that may be on its way. */
const GRACE_MS = 1_000;

/**
 * Closes connections over which no request has come yet when the server stops: Node's own close() takes none of
 * them for idle, and would wait until their first request is overdue.
 */
export function closeSilentConnections(app: FastifyInstance): void {
  const silent = new Map<string, Socket>();
  app.server.on('connection', (socket) => {
    const key = keyOf(socket);
    silent.set(key, socket);
    socket.once('close', () => {
      if (silent.get(key) === socket) silent.delete(key);
    });
  });
  app.server.on('request', ({ socket }) => silent.delete(keyOf(socket)));
  app.addHook('preClose', async () => {
    const close = () => {
      for (const socket of silent.values()) socket.destroy();
    };
    const timer = setTimeout(close, GRACE_MS);
    app.server.once('close', () => clearTimeout(timer));
  });
}

/** The same for a connection and for the TLS in it. */
function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
