import type { IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import { problemOf } from '../../../clients/typescript/client/problem.ts';
import { FOR_NOW, type PersistentOptions } from '../clients/persistent.ts';
import type { AgentNotes, Envelope, Reading } from './notes.ts';
import type { Answered, Message } from './speaker.ts';

const HANDSHAKE_MS = 5_000;
const HEARTBEAT_MS = 1_000;
const SILENCE_MS = 5_000;
const SEND_MS = 5_000;
const MOST_PAUSE_MS = 400;

/** Closings that end an agent for good: none of them may come while its token is good and it is registered. */
const NEVER: ReadonlySet<number> = new Set([4001, 4401, 4404, 1003, 1007, 1008, 1009]);

type Frame = Partial<Envelope> & {
  readonly type?: string;
  readonly id?: string;
  readonly cursor?: string;
  readonly error?: { readonly code: string };
};

/** One connection, from its first byte to its end. */
interface Line {
  readonly socket: WebSocket;
  readonly reading: Reading;
  /** Of the message that came last. */
  cursor?: string;
  /** When the server gave its last sign of life, ms. */
  heard: number;
}

/** An agent on a WebSocket: reads and acknowledges, also sends there, and comes back when it is cut. */
export class SocketAgent {
  readonly agent_id: string;
  readonly #options: PersistentOptions;
  readonly #notes: AgentNotes;
  readonly #asked = new Map<string, (answer: Answered | undefined) => void>();
  #line: Line | undefined;
  /** When an attempt to connect last ended without an answer: a server may take it for the newest connection. */
  #nextId = 0;

  constructor(agent_id: string, options: PersistentOptions, notes: AgentNotes) {
    this.agent_id = agent_id;
    this.#options = options;
    this.#notes = notes;
  }

  /** Stays connected to whichever server takes it. */
  async listen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#connection(signal);
      await pause(this.#options.random.below(MOST_PAUSE_MS));
    }
  }

  /** One try to send: undefined when nobody can tell what became of it. */
  async send(message: Message): Promise<Answered | undefined> {
    const socket = this.#line?.socket;
    if (socket?.readyState !== WebSocket.OPEN) return undefined;
    const id = String(this.#nextId++);
    const { promise, resolve } = Promise.withResolvers<Answered | undefined>();
    this.#asked.set(id, resolve);
    const timer = setTimeout(resolve, SEND_MS, undefined);
    socket.send(JSON.stringify({ type: 'send', id, ...message }));
    const answer = await promise;
    clearTimeout(timer);
    this.#asked.delete(id);
    return answer;
  }

  /** Says that all is done with which came over this connection. */
  acknowledge(): void {
    const { socket, reading, cursor } = this.#line ?? {};
    if (socket?.readyState !== WebSocket.OPEN || !reading || cursor === undefined) return;
    this.#notes.acknowledge(reading);
    socket.send(JSON.stringify({ type: 'ack', cursor }));
  }

  async #connection(signal: AbortSignal): Promise<void> {
    const line = this.#open();
    const { socket } = line;
    const timer = setInterval(() => beat(line), HEARTBEAT_MS);
    const end = () => socket.terminate();
    signal.addEventListener('abort', end);
    const code = await new Promise<number>((resolve) => socket.once('close', resolve));
    signal.removeEventListener('abort', end);
    clearInterval(timer);
    for (const resolve of this.#asked.values()) resolve(undefined);
    if (NEVER.has(code) && !signal.aborted)
      this.#options.onViolation(`the newest socket of ${this.agent_id} was closed with ${code}`);
  }

  #open(): Line {
    const { random, urls, token } = this.#options;
    const url = `${random.pick(urls).replace(/^http/, 'ws')}/ws/${this.agent_id}`;
    // Before the connection is asked for: what is acknowledged by now is not to come over it.
    const reading = this.#notes.begin(this.agent_id, 'socket');
    const headers = { authorization: `Bearer ${token}` };
    const socket = new WebSocket(url, { headers, handshakeTimeout: HANDSHAKE_MS, perMessageDeflate: false });
    const line: Line = { socket, reading, heard: performance.now() };
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (_request, response) => void this.#refused(socket, response));
    socket.on('message', (data) => this.#take(line, JSON.parse((data as Buffer).toString())));
    this.#line = line;
    return line;
  }

  #take(line: Line, frame: Frame): void {
    line.heard = performance.now();
    const { message_id, from, to, message, cursor } = frame;
    if (frame.type === 'receipt') this.#asked.get(frame.id ?? '')?.(frame as unknown as Answered);
    else if (frame.type === 'error') this.#error(frame);
    else if (message_id !== undefined && from !== undefined && to !== undefined && cursor !== undefined) {
      this.#notes.hand(line.reading, { message_id, from, to, message });
      line.cursor = cursor;
      const { random } = this.#options;
      if (random.next() < 0.5) this.acknowledge();
      // A client that crashes before it has acknowledged, or before that has left the machine.
      if (random.next() < 0.02) line.socket.terminate();
    }
  }

  #error({ id = '', error }: Frame): void {
    const code = error?.code ?? 'UNKNOWN';
    this.#options.count.refusals++;
    if (FOR_NOW.has(code)) this.#asked.get(id)?.(undefined);
    else this.#asked.get(id)?.({ refused: code });
    if (code === 'INTERNAL' || code === 'INVALID_REQUEST' || code === 'BAD_CURSOR')
      this.#options.onViolation(`the socket of ${this.agent_id} was answered ${code}`);
  }

  async #refused(socket: WebSocket, response: IncomingMessage): Promise<void> {
    try {
      const body = await response.setEncoding('utf8').toArray();
      const { code = 'UNKNOWN' } = problemOf(JSON.parse(body.join(''))) ?? {};
      this.#options.count.refusals++;
      if (!FOR_NOW.has(code))
        this.#options.onViolation(`${this.agent_id} was refused a socket: ${response.statusCode} ${code}`);
    } catch {
      // Cut within the answer.
    } finally {
      socket.terminate();
    }
  }
}

/** Heartbeats are answered: a line that stays silent is dead. */
function beat({ socket, heard }: Line): void {
  if (performance.now() - heard > SILENCE_MS) socket.terminate();
  else if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"heartbeat"}');
}
