import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { AdminError } from '../accounts/admin.ts';
import type { Logger } from '../kernel/logger.ts';
import { listenOn } from '../kernel/socket-file.ts';

/** What an operator may ask of a running server, by name. Who may open the socket may do all of it. */
export interface OperatorCommands {
  /** A consistent archive of everything, compressed. */
  readonly backup: () => Readable;
  /** An admin command, by its words; what it says. @throws {AdminError} */
  readonly admin: (words: readonly string[]) => Promise<string>;
}

export interface OperatorSocketOptions {
  readonly path: string;
  readonly commands: OperatorCommands;
  readonly log: Logger;
}

/**
 * Listens for an operator's commands on a unix socket that only this user can reach, as HTTP: `POST /backup`
 * answers with the archive, `POST /admin` takes a JSON array of words and answers with text.
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
  options: OperatorSocketOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { commands, log } = options;
  const plain = { 'content-type': 'text/plain; charset=utf-8' };
  if (request.method === 'POST' && request.url === '/backup') {
    log.info({}, 'a backup was asked for');
    response.writeHead(200, { 'content-type': 'application/gzip' });
    // Where it fails in the middle the connection is cut: the archive lacks its end, and is refused.
    await pipeline(commands.backup(), response);
  } else if (request.method === 'POST' && request.url === '/admin') {
    const { status, said } = await answerAdmin(options, request);
    response.writeHead(status, plain).end(said);
  } else response.writeHead(404, plain).end('There is no such command.\n');
}

async function answerAdmin({ commands, log }: OperatorSocketOptions, request: IncomingMessage) {
  try {
    const words = wordsOf(await json(request));
    // The command alone: what belongs to it may name a person.
    log.info({ command: words[0] }, 'an admin command');
    return { status: 200, said: await commands.admin(words) };
  } catch (error) {
    if (error instanceof AdminError || error instanceof SyntaxError)
      return { status: 400, said: error.message };
    log.warn({ err: error }, 'an admin command failed');
    return { status: 500, said: 'The command failed: the log of the server says why.' };
  }
}

function wordsOf(body: unknown): readonly string[] {
  if (Array.isArray(body) && body.every((word): word is string => typeof word === 'string')) return body;
  throw new AdminError('A command is an array of words.');
}
