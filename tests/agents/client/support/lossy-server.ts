import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { type WebSocket, WebSocketServer } from 'ws';

/** What one request is answered with; `cut` drops its connection instead. */
export type Answer = 'cut' | { status?: number; headers?: Record<string, string>; body: unknown };

/** What one connection of an agent lives through. */
export interface Play {
  /** Sent at once; a string as it is. */
  readonly pushes?: readonly (object | string)[];
  /** What its heartbeats are answered with, one after the other. */
  readonly answers?: readonly object[];
  /** It ends when this message, or one after it, is acknowledged; without one, at once. */
  readonly after?: number;
  /** How it ends: with a close code, or `cut` in the middle. It stays without one. */
  readonly ends?: number | 'cut';
}

/** An answer as the server refuses. */
export const refusal = (status: number, code: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: { error: { code, message: 'A refusal.', next: 'Nothing.' } },
});

/** The n-th message that was sent to an agent. */
export const message = (n: number) => ({
  message_id: `msg_${n}`,
  from: 'alpha',
  to: 'beta',
  type: 'text',
  message: `message ${n}`,
  ts: '2026-01-01T00:00:00.000Z',
  cursor: `${n}.0`,
});

/** A server that does to its clients what a test says, and keeps what arrived. */
export class LossyServer implements AsyncDisposable {
  readonly requests: { path: string; token: string | undefined; body: Record<string, unknown> }[] = [];
  /** What was said over each connection, one after the other. */
  readonly said: Record<string, unknown>[][] = [];
  /** Connections that have ended, after all that was sent over them was received. */
  ended = 0;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #answers = new Map<string, Answer[]>();
  readonly #plays: (Play | 'refused')[];
  readonly #waiting = new Set<() => void>();

  private constructor(plays: (Play | 'refused')[]) {
    this.#plays = plays;
    this.#server.on('upgrade', (request, socket, head) => {
      const play = this.#plays.shift() ?? 'refused';
      if (play === 'refused') socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n');
      else this.#sockets.handleUpgrade(request, socket, head, (open) => this.#perform(open, play));
    });
  }

  /** @param plays of its connections, one after the other; there are no others */
  static async start(...plays: (Play | 'refused')[]): Promise<LossyServer> {
    const server = new LossyServer(plays);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server.answer('/api/v1/tickets', { body: { websocket_url: '/ws/beta?ticket=once' } });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Answers the next requests to a path, one after the other; the last answer stays. */
  answer(path: string, ...answers: Answer[]): this {
    this.#answers.set(path, answers);
    return this;
  }

  /** Requests that arrived at a path. */
  at(path: string) {
    return this.requests.filter((request) => request.path === path);
  }

  /** Cursors that were acknowledged over any connection. */
  get acknowledged(): unknown[] {
    return this.said.flat().flatMap(({ type, cursor }) => (type === 'ack' ? [cursor] : []));
  }

  /** Resolves once something that was said makes this true. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  #perform(socket: WebSocket, { pushes = [], answers = [], after, ends }: Play): void {
    const said: Record<string, unknown>[] = [];
    this.said.push(said);
    const left = [...answers];
    const end = () => {
      if (ends === 'cut') socket.terminate();
      else if (ends !== undefined) socket.close(ends);
    };
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString());
      said.push(frame);
      const answer = frame.type === 'heartbeat' ? left.shift() : undefined;
      if (answer) socket.send(JSON.stringify(answer));
      if (frame.type === 'ack' && after !== undefined && Number(frame.cursor) >= after) end();
      this.#tell();
    });
    socket.on('close', () => {
      this.ended++;
      this.#tell();
    });
    for (const frame of pushes) socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    if (after === undefined) end();
    this.#tell();
  }

  #tell(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path } = new URL(request.url ?? '', this.url);
    const isJson = request.headers['content-type'] === 'application/json';
    const body = isJson ? ((await json(request)) as Record<string, unknown>) : {};
    this.requests.push({ path, token: request.headers.authorization?.replace('Bearer ', ''), body });
    const answers = this.#answers.get(path) ?? [];
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? refusal(404, 'NOT_FOUND');
    if (answer === 'cut') return void request.socket.destroy();
    response.writeHead(answer.status ?? 200, { ...answer.headers, 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
