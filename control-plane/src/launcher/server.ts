import { createServer, type Server, type Socket } from 'node:net';
import type { Json } from '../kernel/json/value.ts';
import type { Logger } from '../kernel/logger.ts';
import { TimeLimitError, withinMs } from '../kernel/within.ts';
import { encodeFrame, FrameError, readFrame } from './frames.ts';
import { Leases } from './leases.ts';
import { joinPipe, type PipeLimits } from './join-pipe.ts';
import { type Launcher, LauncherError } from './port.ts';
import { aboutAnswer, type LauncherRequest, MAX_REQUEST_BYTES, parseRequest } from './protocol.ts';
import { listenOn } from '../kernel/socket-file.ts';

const REQUEST_LIMIT_MS = 5000;
const PIPE_LIMITS: PipeLimits = { stallMs: 60_000, lingerMs: 10_000 };
/** Connections beside those that hold a container: requests that are answered at once. */
const SPARE_CONNECTIONS = 64;

export interface LauncherServerOptions {
  readonly launcher: Launcher;
  /** At most 107 bytes; made with mode 0600. */
  readonly socketPath: string;
  /** Id of a group that may connect as well: mode 0660. */
  readonly socketGroup?: number;
  readonly maxContainers: number;
  readonly log: Pick<Logger, 'warn'>;
  /** A connection that has not sent its request by then is closed, ms. */
  readonly requestLimitMs?: number;
  readonly pipeLimits?: PipeLimits;
  /** Between two attempts to remove a container, ms. */
  readonly removalPauseMs?: number;
}

/** The launcher's socket: docs/launcher-protocol.md. It does not own the launcher behind it. */
export class LauncherServer implements AsyncDisposable {
  readonly #options: LauncherServerOptions;
  readonly #server: Server;
  readonly #leases: Leases;
  readonly #connections = new Set<Socket>();

  private constructor(options: LauncherServerOptions) {
    this.#options = options;
    this.#leases = new Leases(options);
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
      socket.on('error', () => socket.destroy());
      void this.#serve(socket);
    });
    this.#server.maxConnections = options.maxContainers + SPARE_CONNECTIONS;
  }

  /** @throws {SocketTakenError} if a living launcher listens there, else what the system says */
  static async listen(options: LauncherServerOptions): Promise<LauncherServer> {
    const server = new LauncherServer(options);
    await listenOn(server.#server, options.socketPath, options.socketGroup);
    return server;
  }

  /** Takes no more requests and removes every container that a connection holds, or has asked for. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const ended = this.#leases.close();
    for (const connection of this.#connections) connection.destroy();
    await ended;
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #serve(socket: Socket): Promise<void> {
    try {
      const request = await this.#requestOf(socket);
      if (request.op === 'start') await this.#start(socket, request);
      else socket.end(encodeFrame({ ok: await this.#answer(request) }), () => socket.destroySoon());
    } catch (error) {
      if (socket.destroyed) return;
      const failure = asLauncherError(error);
      if (failure.code !== 'full') this.#log(failure);
      // Ends with what it says: whatever else comes is not read.
      socket.end(encodeFrame({ error: { code: failure.code, message: failure.message } }), () =>
        socket.destroy(),
      );
    }
  }

  #log({ code, message }: LauncherError): void {
    this.#options.log.warn({ code, error: message }, 'A request failed.');
  }

  async #requestOf(socket: Socket): Promise<LauncherRequest> {
    const limit = this.#options.requestLimitMs ?? REQUEST_LIMIT_MS;
    const payload = await withinMs(limit, 'Waiting for a request', (signal) =>
      readFrame(socket, MAX_REQUEST_BYTES, signal),
    );
    if (socket.readableLength > 0) throw new LauncherError('bad_request', 'Something followed the request.');
    return parseRequest(payload);
  }

  async #answer(request: Exclude<LauncherRequest, { op: 'start' }>): Promise<Json> {
    switch (request.op) {
      case 'about':
        return aboutAnswer(await this.#options.launcher.about());
      case 'ran_out_of_memory':
        return { ran_out_of_memory: await this.#leases.ranOutOfMemory(request.id) };
      case 'remove':
        await this.#leases.remove(request.id);
        return {};
    }
  }

  /** Whoever writes or leaves while the container is being made gets none. */
  async #start(socket: Socket, request: Extract<LauncherRequest, { op: 'start' }>): Promise<void> {
    const tooEarly = (): void => void socket.destroy();
    socket.on('data', tooEarly).on('end', tooEarly).resume();
    const limits = { memoryBytes: request.memory_bytes, processes: request.processes };
    const { id, name, runtimeDigest, pipe } = await this.#leases.start(socket, limits);
    if (socket.destroyed) return;
    socket.pause().off('data', tooEarly).off('end', tooEarly);
    socket.write(encodeFrame({ ok: { id, name, runtime_digest: runtimeDigest } }));
    joinPipe(socket, pipe, this.#options.pipeLimits ?? PIPE_LIMITS);
  }
}

function asLauncherError(error: unknown): LauncherError {
  if (error instanceof LauncherError) return error;
  if (error instanceof FrameError) return new LauncherError('bad_request', error.message);
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof TimeLimitError)) return new LauncherError(codeOf(error), message, { cause: error });
  const request = error.step === 'Waiting for a request';
  return new LauncherError(request ? 'bad_request' : 'engine_silent', message, { cause: error });
}

/** The engine answers 404 to the making of a container whose image is not there. */
function codeOf(error: unknown): 'no_image' | 'engine_silent' | 'engine' {
  const { statusCode, syscall } = Object(error) as { statusCode?: unknown; syscall?: unknown };
  if (syscall === 'connect') return 'engine_silent';
  return statusCode === 404 ? 'no_image' : 'engine';
}
