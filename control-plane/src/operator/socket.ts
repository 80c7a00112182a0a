import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import type { Logger } from '../kernel/logger.ts';
import { listenOn } from '../kernel/socket-file.ts';

/** What an operator may ask of a running server, by name. Who may open the socket may do all of it. */
export interface OperatorCommands {
  /** A consistent archive of everything, compressed. */
  readonly backup: () => Readable;
}

export interface OperatorSocketOptions {
  readonly path: string;
  readonly commands: OperatorCommands;
  readonly log: Logger;
}

/**
 * Listens for an operator's commands on a unix socket that only this user can reach, as HTTP: `POST /backup`
 * answers with the archive.
 *
 * @throws {SocketTakenError} where another server listens there
 */
export async function openOperatorSocket(options: OperatorSocketOptions): Promise<AsyncDisposable> {
  const { path, log } = options;
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) =>
      log.warn({ err: error }, 'a command of the operator failed'),
    );
  });
  // A backup takes its time.
  server.requestTimeout = 0;
  await listenOn(server, path);
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

async function answer(
  { commands, log }: OperatorSocketOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST' || request.url !== '/backup') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such command.\n');
    return;
  }
  log.info({}, 'a backup was asked for');
  response.writeHead(200, { 'content-type': 'application/gzip' });
  // Where it fails in the middle the connection is cut: the archive lacks its end, and is refused.
  await pipeline(commands.backup(), response);
}
