import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { AdminError } from '../accounts/admin.ts';

/** No server listens on the operator's socket. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';
}

/**
 * Asks the running server for a backup.
 *
 * @throws {NoServerError} where none runs, or this user may not reach it
 */
export async function askBackup(socketPath: string): Promise<Readable> {
  const answer = await ask(socketPath, '/backup');
  if (answer.statusCode === 200) return answer;
  answer.resume();
  throw new Error(`The server answered ${answer.statusCode} to backup.`);
}

/**
 * Has the running server carry out an admin command.
 *
 * @returns what it says
 * @throws {NoServerError} where none runs, or this user may not reach it
 * @throws {AdminError} where the command is not one, or cannot be done
 */
export async function askAdmin(socketPath: string, words: readonly string[]): Promise<string> {
  const answer = await ask(socketPath, '/admin', JSON.stringify(words));
  const said = await text(answer);
  if (answer.statusCode === 200) return said;
  if (answer.statusCode === 400) throw new AdminError(said);
  throw new Error(`The server answered ${answer.statusCode} to the command.`);
}

async function ask(socketPath: string, path: string, body?: string): Promise<IncomingMessage> {
  const asked = request({ socketPath, path, method: 'POST' });
  asked.end(body);
  try {
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return answer;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ECONNREFUSED')
      throw new NoServerError(`No server listens on ${socketPath}.`);
    throw error;
  }
}
