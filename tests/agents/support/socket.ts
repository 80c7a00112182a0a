import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A frame of the server's. */
export type ServerFrame = Readonly<Record<string, unknown>>;

/** An agent's socket with all that came out of it. */
export interface TestSocket extends AsyncDisposable {
  readonly socket: WebSocket;
  readonly frames: readonly ServerFrame[];
  /** Those that are messages. */
  readonly messages: () => readonly ServerFrame[];
  say(frame: object): void;
  /** Resolves once the server serves the line. */
  served(): Promise<void>;
  /** Resolves once so many frames of a kind have come; all of these. */
  until(count: number, kind?: (frame: ServerFrame) => boolean): Promise<readonly ServerFrame[]>;
  /** Resolves with the code once it is closed. */
  readonly closed: Promise<number>;
}

export const isMessage = (frame: ServerFrame) => frame['message_id'] !== undefined && 'cursor' in frame;
export const ofType = (type: string) => (frame: ServerFrame) => frame['type'] === type && !isMessage(frame);

/** Opens `/ws/{agent_id}`; rejects with the status where it is refused. */
export async function openSocket(
  url: string,
  path: string,
  token?: string,
  options: WebSocket.ClientOptions = {},
): Promise<TestSocket> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers, ...options });
  const frames: ServerFrame[] = [];
  const waiting = new Set<() => void>();
  const wake = () => waiting.forEach((resolve) => resolve());
  socket.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString()) as ServerFrame);
    wake();
  });
  socket.on('close', wake);
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  const refused = new Promise<never>((_resolve, reject) => {
    socket.once('unexpected-response', (_request, { statusCode }) =>
      reject(new Error(`refused with ${statusCode}`)),
    );
    socket.once('error', reject);
  });
  refused.catch(() => undefined);
  await Promise.race([once(socket, 'open'), refused]);
  const say = (frame: object) => socket.send(JSON.stringify(frame));
  const line: TestSocket = {
    socket,
    frames,
    closed,
    messages: () => frames.filter(isMessage),
    say,
    async served() {
      say({ type: 'heartbeat' });
      const [answer] = await line.until(1, ofType('heartbeat'));
      frames.splice(frames.indexOf(answer ?? {}), 1);
    },
    async until(count, kind = () => true) {
      for (;;) {
        const found = frames.filter(kind);
        if (found.length >= count) return found;
        if (socket.readyState === WebSocket.CLOSED) throw new Error(`Closed after ${frames.length} frames.`);
        const next = Promise.withResolvers<void>();
        waiting.add(next.resolve);
        await next.promise;
        waiting.delete(next.resolve);
      }
    },
    async [Symbol.asyncDispose]() {
      if (socket.readyState === WebSocket.CLOSED) return;
      socket.terminate();
      await closed;
    },
  };
  return line;
}
