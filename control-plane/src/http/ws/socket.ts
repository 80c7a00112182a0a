import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { WebSocket } from '@fastify/websocket';
import type { Connection } from '../../agents/connection.ts';
import { CodedError } from '../../kernel/errors.ts';
import { type CloseReason, closing } from './close-codes.ts';
import type { EarlyFrames } from './early-frames.ts';
import { type Frame, idOf, parseFrame, readFrame } from './frames.ts';
import { Heartbeat, type HeartbeatTimes } from './heartbeat.ts';
import { Inbound } from './inbound.ts';

/** Bytes that may wait for a reader; beyond that it is too slow. */
const MOST_WAITING_BYTES = 1024 * 1024;
/** How long it may take to take in what was handed over at a time, ms. */
const TAKE_MS = 30_000;
/** Characters of a frame that is read before it is counted: reading a longer one costs as much as a message. */
const MOST_UNCOUNTED = 512;
/** Characters of a long frame that count as one message. */
const COUNTED_AS_ONE = 16 * 1024;
/** How often a long frame that is beyond the rate is tried again, ms. */
const PAID_AGAIN_MS = 250;
/** How long a line that is being closed may take to read the reason; when the server stops, ms. */
const GOODBYE_MS = 15_000;
const LAST_GOODBYE_MS = 2_000;

/** When a line is asked, and how long it may take. */
export interface LineTimes extends HeartbeatTimes {
  readonly takeMs?: number | undefined;
}

export interface SocketParts {
  /** True while the token that the socket was opened with is good. */
  readonly isWelcome: () => Promise<boolean>;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
  /** Tells a listener of peers that come and go, as frames. */
  readonly listen: (listener: (text: string) => void) => Disposable;
  readonly times?: LineTimes | undefined;
  /** Told of what is no client's fault. */
  readonly onError: (error: unknown) => void;
}

/** Serves one agent's socket until it ends. */
export class AgentSocket {
  readonly #socket: WebSocket;
  readonly #connection: Connection;
  readonly #parts: SocketParts;
  readonly #ended = new AbortController();
  #reason: CloseReason | 'client' = 'client';

  constructor(socket: WebSocket, connection: Connection, parts: SocketParts) {
    this.#socket = socket;
    this.#connection = connection;
    this.#parts = parts;
  }

  /** Resolves once the line is closed, or this side has begun to close it, with why. */
  async serve(early: EarlyFrames): Promise<CloseReason | 'client'> {
    const socket = this.#socket;
    const ended = once(this.#ended.signal, 'abort');
    socket.once('close', () => this.#ended.abort());
    if (socket.readyState === socket.CLOSED) this.#ended.abort();
    const inbound = new Inbound(
      socket,
      (text) => this.#take(text),
      () => this.close('flood'),
    );
    early.handTo((data, isBinary) => {
      if (this.#ended.signal.aborted) return;
      if (isBinary) this.close('binary');
      else inbound.push(data.toString());
    });
    for (const kind of ['ping', 'pong']) socket.on(kind, () => this.#ended.signal.aborted || inbound.count());
    const onStop = () => this.close('stopping');
    this.#parts.stopping.addEventListener('abort', onStop);
    using heartbeat = this.#heartbeat();
    using _peers = this.#parts.listen((text) => this.#sendText(text));
    if (this.#parts.stopping.aborted) onStop();
    this.#push(heartbeat).catch((error: unknown) => {
      this.#parts.onError(error);
      this.close('failed');
    });
    await ended;
    this.#parts.stopping.removeEventListener('abort', onStop);
    return this.#reason;
  }

  close(reason: CloseReason): void {
    if (this.#ended.signal.aborted) return;
    this.#reason = reason;
    this.#ended.abort();
    this.#socket.resume();
    this.#socket.close(...closing(reason));
    // Who floods is not listened to any more, not even for its own goodbye.
    if (reason === 'flood') this.#socket.pause();
    const waitMs = reason === 'stopping' || reason === 'flood' ? LAST_GOODBYE_MS : GOODBYE_MS;
    setTimeout(() => this.#socket.terminate(), waitMs).unref();
  }

  #heartbeat(): Heartbeat {
    const events = {
      onAnswer: (cursor: string | undefined) => {
        if (cursor !== undefined) this.#reached(cursor);
        this.#connection.seen().catch(this.#parts.onError);
      },
      onSilence: () => this.close('silent'),
      onPing: () => void this.#check(),
    };
    return new Heartbeat(this.#socket, events, this.#parts.times);
  }

  async #push(heartbeat: Heartbeat): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const next = await this.#connection.next(this.#ended.signal);
      if (typeof next === 'string') return this.close(next);
      if (next.length > 0 && !(await this.#check())) return;
      for (const message of next.slice(0, -1)) this.#send(message);
      const last = next.at(-1);
      if (!last) continue;
      heartbeat.ask(last.cursor);
      await this.#sendAndWait(last);
    }
  }

  /** Sends what the other side is to take in, with all before it, before it is handed more. */
  async #sendAndWait(frame: object): Promise<void> {
    const sent = Promise.withResolvers<void>();
    this.#sendText(JSON.stringify(frame), sent.resolve);
    const timer = setTimeout(() => this.close('slow'), this.#parts.times?.takeMs ?? TAKE_MS);
    await sent.promise;
    clearTimeout(timer);
  }

  /** A cursor that came back: it is ours only if the other side did not make one up. */
  #reached(cursor: string): void {
    try {
      if (this.#connection.isOpen(cursor)) this.#connection.delivered(cursor);
    } catch {
      // A pong that nobody asked for says that the line stands, no more (RFC 6455 section 5.5.3).
    }
  }

  async #take(text: string): Promise<void> {
    if (this.#ended.signal.aborted) return;
    let id: string | undefined;
    try {
      const isLong = text.length > MOST_UNCOUNTED;
      for (let paid = 0; isLong && paid < text.length; paid += COUNTED_AS_ONE)
        if (!(await this.#paid())) return;
      const given = parseFrame(text);
      id = idOf(given);
      const frame = readFrame(given);
      if (frame.type === 'send' && !isLong) this.#connection.charge();
      await this.#connection.heard();
      if (frame.type !== 'heartbeat' && !(await this.#check())) return;
      if (frame.type === 'ack') this.#connection.acknowledge(frame.cursor);
      else if (frame.type === 'heartbeat') this.#send({ type: 'heartbeat', ts: new Date().toISOString() });
      else this.#send(await this.#sent(frame));
    } catch (error) {
      if (!(error instanceof CodedError)) this.#parts.onError(error);
      const told = error instanceof CodedError ? error : new CodedError('INTERNAL');
      this.#send({ type: 'error', ...(id === undefined ? {} : { id }), error: told.toAnswer() });
    }
  }

  /** Waits until a frame may be read: nobody is told of what was not read. False once the line has ended. */
  async #paid(): Promise<boolean> {
    for (;;) {
      try {
        this.#connection.charge();
        return true;
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        const { signal } = this.#ended;
        await wait(PAID_AGAIN_MS, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return false;
      }
    }
  }

  async #sent({ type: _type, id, ...message }: Extract<Frame, { type: 'send' }>): Promise<object> {
    const receipt = await this.#connection.send(message);
    return { type: 'receipt', ...(id === undefined ? {} : { id }), ...receipt };
  }

  /** A token can end without a word. False once it has. */
  async #check(): Promise<boolean> {
    const isWelcome = await this.#parts.isWelcome().catch(() => true);
    if (!isWelcome) this.close('unauthorized');
    return isWelcome;
  }

  #send(frame: object): void {
    this.#sendText(JSON.stringify(frame));
  }

  /** @param onSent told once it has left this process, or never will */
  #sendText(text: string, onSent?: () => void): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text, onSent);
    else onSent?.();
    // Nobody waits for who does not read.
    if (this.#socket.bufferedAmount > MOST_WAITING_BYTES) this.close('slow');
  }
}
