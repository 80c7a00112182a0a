import { once } from 'node:events';
import { chmod, chown, lstat, rm } from 'node:fs/promises';
import { createConnection, type Server } from 'node:net';

/** A living process listens on the socket already. */
export class SocketTakenError extends Error {
  override readonly name = 'SocketTakenError';

  constructor(path: string) {
    super(`Another process listens on ${path}.`);
  }
}

/**
 * Listens on a unix socket that only this user can reach, and a group where one is given. The file of a
 * dead process is replaced.
 *
 * @throws {SocketTakenError}, or what the system says
 */
export async function listenOn(server: Server, path: string, group?: number): Promise<void> {
  await listen(server, path);
  if (group === undefined) return;
  // The group first: until then the mode lets nobody else in.
  await chown(path, -1, group);
  await chmod(path, 0o660);
}

/** @throws {SocketTakenError} if a living process listens there */
export async function refuseTaken(path: string): Promise<void> {
  const file = await lstat(path).catch(() => undefined);
  if (file?.isSocket() && (await isAlive(path))) throw new SocketTakenError(path);
}

async function listen(server: Server, path: string): Promise<void> {
  try {
    await bind(server, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    // A file that is no socket is somebody's.
    if (!(await lstat(path)).isSocket()) throw error;
    if (await isAlive(path)) throw new SocketTakenError(path);
    await rm(path, { force: true });
    await bind(server, path);
  }
}

async function bind(server: Server, path: string): Promise<void> {
  // The file is made within this call: there is no moment in which others could reach it.
  const before = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(before);
  }
  await once(server, 'listening');
}

/** Whatever is no clear "nobody listens" counts as a living process. */
async function isAlive(path: string): Promise<boolean> {
  const socket = createConnection(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}
