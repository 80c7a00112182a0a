import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { withinMs } from '../kernel/within.ts';
import { encodeFrame, FrameError, readFrame } from './frames.ts';
import {
  type ContainerLimits,
  type Launcher,
  type LauncherAbout,
  LauncherAwayError,
  LauncherError,
  type StartedContainer,
} from './port.ts';
import { type LauncherRequest, MAX_ANSWER_BYTES, parseAnswer } from './protocol.ts';

const CONNECT_LIMIT_MS = 2000;
/** The launcher's own limits on the engine end first; a start is three calls and a removal. */
const ANSWER_LIMIT_MS = 20_000;
const START_LIMIT_MS = 65_000;
const RETRY_MS = 100;

export interface LauncherClientOptions {
  /** Unix socket of the launcher. */
  readonly socketPath: string;
  /** Time limits of an answer, and of a start's, ms. */
  readonly answerLimitMs?: number;
  readonly startLimitMs?: number;
}

interface Answered {
  readonly socket: Socket;
  readonly payload: Buffer;
}

/** The launcher in its own process, asked over its socket with a connection for each call. */
export class LauncherClient implements Launcher, AsyncDisposable {
  readonly #options: LauncherClientOptions;
  /** Pipes by container: each is the lease of one. */
  readonly #pipes = new Map<string, Socket>();

  constructor(options: LauncherClientOptions) {
    this.#options = options;
  }

  /**
   * Waits until the launcher listens.
   *
   * @throws {LauncherAwayError} if it does not in time; what else `about` throws, at once
   */
  async ready(limitMs: number): Promise<LauncherAbout> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      try {
        return await this.about();
      } catch (error) {
        if (!(error instanceof LauncherAwayError) || performance.now() > deadline) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  async about(): Promise<LauncherAbout> {
    return parseAnswer('about', await this.#askOnce({ v: 1, op: 'about' }));
  }

  async start({ memoryBytes, processes }: ContainerLimits): Promise<StartedContainer> {
    const request: LauncherRequest = { v: 1, op: 'start', memory_bytes: memoryBytes, processes };
    const { socket, payload } = await this.#ask(request, this.#options.startLimitMs ?? START_LIMIT_MS);
    try {
      const { id, name, runtime_digest } = parseAnswer('start', payload);
      this.#pipes.set(id, socket);
      socket.once('close', () => this.#pipes.delete(id));
      return { id, name, runtimeDigest: runtime_digest, pipe: socket };
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  async ranOutOfMemory(id: string): Promise<boolean> {
    try {
      const answer = await this.#askOnce({ v: 1, op: 'ran_out_of_memory', id });
      return parseAnswer('ran_out_of_memory', answer).ran_out_of_memory;
    } catch {
      return false;
    }
  }

  async remove(id: string): Promise<void> {
    this.#pipes.get(id)?.destroy();
    try {
      parseAnswer('remove', await this.#askOnce({ v: 1, op: 'remove', id }));
    } catch (error) {
      // A launcher that does not know it has removed it, or is another one than that which made it;
      // one that is away takes its containers along.
      const gone = error instanceof LauncherError && /^(unknown_container|away)$/.test(error.code);
      if (!gone) throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#pipes.keys()].map((id) => this.remove(id)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #askOnce(request: LauncherRequest): Promise<Buffer> {
    const { socket, payload } = await this.#ask(request, this.#options.answerLimitMs ?? ANSWER_LIMIT_MS);
    socket.destroy();
    return payload;
  }

  /** @throws {LauncherAwayError}, {TimeLimitError} */
  async #ask(request: LauncherRequest, limitMs: number): Promise<Answered> {
    const socket = createConnection(this.#options.socketPath);
    // Its end is told by `close` to those who read it.
    socket.on('error', () => undefined);
    try {
      await withinMs(CONNECT_LIMIT_MS, 'Connecting to the launcher', (signal) =>
        once(socket, 'connect', { signal }),
      );
      socket.write(encodeFrame(request));
      const payload = await withinMs(limitMs, `Asking the launcher (${request.op})`, (signal) =>
        readFrame(socket, MAX_ANSWER_BYTES, signal),
      );
      return { socket, payload };
    } catch (error) {
      socket.destroy();
      throw this.#asAway(error);
    }
  }

  #asAway(error: unknown): unknown {
    const { syscall } = Object(error) as { syscall?: unknown };
    if (syscall === 'connect')
      return new LauncherAwayError(`No launcher listens on ${this.#options.socketPath}.`, { cause: error });
    if (error instanceof FrameError && error.reason === 'ended')
      return new LauncherAwayError('The launcher ended before it answered.', { cause: error });
    return error;
  }
}
