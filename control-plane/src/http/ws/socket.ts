import type { WebSocket } from 'ws';
import type { Connection } from '../../agents/connection.ts';
import { CodedError } from '../../kernel/errors.ts';
import { type CloseReason, closing } from './close-codes.ts';
import { type Frame, readFrame } from './frames.ts';

/** Bytes that may wait for a reader; beyond that it is too slow. */
const MOST_WAITING_BYTES = 1024 * 1024;
export const PING_MS = 30_000;

export interface SocketParts {
  /** True while the token that the socket was opened with is good. */
  readonly isWelcome: () => Promise<boolean>;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
  /** Told of what is no client's fault. */
  readonly onError: (error: unknown) => void;
}

/** Serves one agent's socket until it ends. */
export class AgentSocket {
  readonly #socket: WebSocket;
  readonly #connection: Connection;
  readonly #parts: SocketParts;
  readonly #ended = new AbortController();
  #alive = true;

  constructor(socket: WebSocket, connection: Connection, parts: SocketParts) {
    this.#socket = socket;
    this.#connection = connection;
    this.#parts = parts;
  }

  /** Resolves once the socket is closed. */
  async serve(): Promise<void> {
    const socket = this.#socket;
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => {
        this.#ended.abort();
        resolve();
      });
    });
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.close('binary');
      else void this.#take(String(data));
    });
    socket.on('pong', () => {
      this.#alive = true;
    });
    socket.on('error', () => socket.terminate());
    const onStop = () => this.close('stopping');
    this.#parts.stopping.addEventListener('abort', onStop);
    const timer = setInterval(() => void this.#check(), PING_MS);
    this.#push().catch((error: unknown) => this.#fail(error));
    await closed;
    clearInterval(timer);
    this.#parts.stopping.removeEventListener('abort', onStop);
  }

  close(reason: CloseReason): void {
    this.#ended.abort();
    this.#socket.close(...closing(reason));
  }

  async #push(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      for (const message of await this.#connection.next(this.#ended.signal)) this.#send(message);
      if (this.#socket.bufferedAmount > MOST_WAITING_BYTES) this.close('slow');
    }
  }

  async #take(text: string): Promise<void> {
    let frame: Frame | undefined;
    try {
      frame = readFrame(text);
      await this.#connection.heard();
      if (frame.type === 'ack') this.#connection.acknowledge(frame.cursor);
      else if (frame.type === 'send') {
        const { type: _type, id, ...input } = frame;
        this.#send({
          type: 'receipt',
          ...(id === undefined ? {} : { id }),
          ...(await this.#connection.send(input)),
        });
      } else this.#send({ type: 'heartbeat', ts: new Date().toISOString() });
    } catch (error) {
      if (!(error instanceof CodedError)) this.#parts.onError(error);
      const told = error instanceof CodedError ? error : new CodedError('INTERNAL');
      const id = frame?.type === 'send' && frame.id !== undefined ? { id: frame.id } : {};
      this.#send({ type: 'error', ...id, error: told.toAnswer() });
    }
  }

  /** The token and the line are looked at now and then: both can end without a word. */
  async #check(): Promise<void> {
    if (!this.#alive) {
      this.close('silent');
      this.#socket.terminate();
      return;
    }
    this.#alive = false;
    this.#socket.ping();
    if (!(await this.#parts.isWelcome().catch(() => true))) this.close('unauthorized');
  }

  #send(frame: object): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #fail(error: unknown): void {
    const isGone = error instanceof CodedError && error.code === 'AGENT_NOT_FOUND';
    if (!isGone) this.#parts.onError(error);
    this.close(isGone ? 'gone' : 'failed');
  }
}
