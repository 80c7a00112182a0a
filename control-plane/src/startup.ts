import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { ArchiveError } from './archive/error.ts';
import { type Config, withPort } from './config/config.ts';
import { ConfigError } from './config/environment.ts';
import { CodedError } from './kernel/errors.ts';
import { LauncherAwayError, LauncherError } from './launcher/port.ts';
import { TlsFilesError } from './tls/pair.ts';

/** Settings whose port is known. */
interface HeldPort extends AsyncDisposable {
  readonly config: Config;
}

/**
 * Gives a server with PORT=0 its port before it listens: its metadata names the port, and is made first.
 * The port is held until this is disposed of, so that nothing else gets it in between.
 */
export async function holdPort(config: Config): Promise<HeldPort> {
  if (config.port !== 0) return { config, [Symbol.asyncDispose]: async () => {} };
  const holder = createServer();
  holder.listen({ host: config.host, port: 0 });
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  return {
    config: withPort(config, port),
    async [Symbol.asyncDispose]() {
      if (!holder.listening) return;
      holder.close();
      await once(holder, 'close');
    },
  };
}

interface Failure {
  readonly code?: string;
  readonly syscall?: string;
  readonly path?: string;
}

/** What an operator can do about an error that kept the server from starting; undefined for an unknown one. */
export function adviceFor(error: unknown, config: Config | undefined): string | undefined {
  if (error instanceof ConfigError) return error.lines.join('\n');
  if (error instanceof ArchiveError || error instanceof TlsFilesError) return error.message;
  if (!config || !(error instanceof Error)) return undefined;
  if (error instanceof CodedError) {
    const held = error.message.includes('another process holds it');
    return held
      ? `${error.message} Stop that server, or choose another directory: DATA_DIR=<path>.`
      : error.message;
  }
  const failure = error as Error & Failure;
  if (error instanceof LauncherAwayError)
    return `No launcher answers at ${config.launcherSocket}. npm start runs it beside the server; LAUNCHER_SOCKET says where.`;
  if (error instanceof LauncherError) return `The launcher is not ready: ${error.message}`;
  if (failure.syscall === 'listen' || failure.syscall === 'getaddrinfo') return listenAdvice(failure, config);
  if (failure.path?.startsWith(config.dataDir) || failure.syscall === 'mkdir')
    return `DATA_DIR ${config.dataDir} cannot be used: ${error.message}.`;
  return undefined;
}

function listenAdvice({ code }: Failure, { host, port }: Config): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} of ${host} is taken. Stop the program that has it, or choose another: PORT=<port>.`;
  if (code === 'EACCES')
    return `This user may not listen on port ${port}. Choose one over 1023: PORT=<port>.`;
  return `HOST ${host} is no address of this machine (${code}).`;
}
