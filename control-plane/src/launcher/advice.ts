import type { LauncherConfig } from '../config/config.ts';
import { ConfigError } from '../config/environment.ts';
import { UnknownRuntimeError } from './engine.ts';
import { SocketTakenError } from '../kernel/socket-file.ts';

interface Failure {
  readonly code?: string;
  readonly syscall?: string;
  readonly address?: string;
  readonly path?: string;
  readonly statusCode?: number;
}

/** What an operator can do about an error that kept the launcher from starting; undefined for an unknown one. */
export function adviceFor(error: unknown, config: LauncherConfig | undefined): string | undefined {
  if (error instanceof ConfigError) return error.lines.join('\n');
  if (!config || !(error instanceof Error)) return undefined;
  const failure = error as Error & Failure;
  const engine = config.dockerHost.replace(/^unix:\/\//, '');
  if (failure.syscall === 'connect' && failure.address === engine)
    return `No Docker engine answers at ${engine} (${failure.code}). Start it, or point DOCKER_HOST to its socket.`;
  // At the start only calls to the engine have a time limit.
  if (failure.name === 'TimeLimitError')
    return `The Docker engine at ${engine} does not answer. Start it again, or point DOCKER_HOST to another's socket.`;
  if (failure.statusCode === 404) return `There is no image ${config.runnerImage}: npm start builds it.`;
  if (error instanceof UnknownRuntimeError)
    return `The Docker engine at ${engine} has no runtime ${error.runtime} (it has ${error.known.join(', ')}). Add it to the engine, or set SANDBOX_RUNTIME to one that it has.`;
  if (error instanceof SocketTakenError)
    return `${error.message} Stop that server, or choose another socket: DATA_DIR=<path> or LAUNCHER_SOCKET=<path>.`;
  if (failure.syscall === 'chown')
    return `The launcher may not give its socket to the group ${config.socketGroup} (${failure.code}): its user must be in that group.`;
  if (failure.syscall === 'listen')
    return `LAUNCHER_SOCKET ${config.launcherSocket} cannot be used (${failure.code}). Choose a path that this user may write to.`;
  if (failure.path?.startsWith(config.dataDir) || failure.syscall === 'mkdir')
    return `DATA_DIR ${config.dataDir} cannot be used: ${error.message}.`;
  return undefined;
}
