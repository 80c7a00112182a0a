import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';

/** No server listens on the operator's socket. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';
}

/**
 * Asks the running server for a command's output.
 *
 * @throws {NoServerError} where none runs, or this user may not reach it
 */
export async function askServer(socketPath: string, command: 'backup'): Promise<Readable> {
  const asked = request({ socketPath, path: `/${command}`, method: 'POST' });
  asked.end();
  let answer: IncomingMessage;
  try {
    [answer] = (await once(asked, 'response')) as [IncomingMessage];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ECONNREFUSED')
      throw new NoServerError(`No server listens on ${socketPath}.`);
    throw error;
  }
  if (answer.statusCode === 200) return answer;
  answer.resume();
  throw new Error(`The server answered ${answer.statusCode} to ${command}.`);
}
