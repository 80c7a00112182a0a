import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError } from '../config/environment.ts';

const SETTING = 'LAUNCHER_SOCKET_GROUP';

/**
 * The id of the group that may connect to the launcher, and whether that means what it should: the group
 * can reach the socket, and nobody but its owner can put another in its place.
 *
 * @param group a name of /etc/group, or a number
 * @throws {ConfigError}
 */
export async function socketGroup(group: string, socketPath: string): Promise<number> {
  const id = /^\d+$/.test(group) ? Number(group) : await idOf(group);
  const directory = path.dirname(socketPath);
  const { mode, gid } = await stat(directory);
  const mayEnter = (mode & 0o001) !== 0 || (gid === id && (mode & 0o010) !== 0);
  if (!mayEnter)
    throw new ConfigError([
      `${SETTING} ${group} may not enter ${directory}: chgrp ${group} and chmod 0750 that directory, or choose another by LAUNCHER_SOCKET.`,
    ]);
  if ((mode & 0o022) !== 0)
    throw new ConfigError([
      `${directory} can be written to by others, who could put a socket of theirs in the place of the launcher's: chmod 0750 it, or choose another by LAUNCHER_SOCKET.`,
    ]);
  return id;
}

/** A line of /etc/group is `name:password:id:members`. */
async function idOf(name: string): Promise<number> {
  const lines = (await readFile('/etc/group', 'utf8')).split('\n').map((line) => line.split(':'));
  const id = lines.find(([known]) => known === name)?.[2];
  if (id === undefined) throw new ConfigError([`${SETTING} ${name} is no group of this machine.`]);
  return Number(id);
}
