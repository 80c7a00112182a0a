import { once } from 'node:events';
import { request as forward } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Made } from '../../tls/support/certificates.ts';

/** A reverse proxy that ends TLS, as an operator would put in front. */
export interface TlsProxy extends AsyncDisposable {
  readonly port: number;
}

/**
 * Starts one that adds the peer to X-Forwarded-For, as nginx does with $proxy_add_x_forwarded_for, and passes
 * answers on as they come.
 *
 * @param target port of the server behind it
 * @param host what it calls the server; unless told, what the client calls it
 */
export async function startTlsProxy(shown: Made, target: () => number, host?: string): Promise<TlsProxy> {
  const server = createServer({ cert: shown.cert, key: shown.key }, (incoming, outgoing) => {
    const { method = 'GET', url = '/', headers, socket } = incoming;
    const before = headers['x-forwarded-for'];
    const passed = {
      ...headers,
      ...(host !== undefined && { host }),
      'x-forwarded-for': [before, socket.remoteAddress].filter(Boolean).join(', '),
      'x-forwarded-proto': 'https',
    };
    const onward = forward({ host: '127.0.0.1', port: target(), method, path: url, headers: passed });
    onward.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  // One that has not agreed on TLS yet is none of those that closeAllConnections() knows.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
