import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { HostEgress } from '../../control-plane/src/egress/egress.ts';
import { type EgressLimits, egressLimits } from '../../control-plane/src/egress/limits.ts';
import type { Resolver } from '../../control-plane/src/egress/resolve.ts';
import type { Connection, ConnectionOutcome, Network } from '../../control-plane/src/sandbox/port.ts';

/** A resolver that answers from a table, remembers what it was asked, and takes further answers in turn. */
export class TableResolver implements Resolver {
  readonly asked: string[] = [];
  readonly #answers: Map<string, (readonly string[])[]>;

  constructor(answers: Readonly<Record<string, readonly (readonly string[])[]>>) {
    this.#answers = new Map(Object.entries(answers).map(([name, turns]) => [name, [...turns]]));
  }

  async resolve(name: string): Promise<readonly string[]> {
    this.asked.push(name);
    const turns = this.#answers.get(name);
    if (!turns) throw new Error(`${name} is not in the table`);
    return (turns.length > 1 ? turns.shift() : turns[0]) ?? [];
  }
}

/** A server on an address of this machine. */
export interface LocalServer extends AsyncDisposable {
  readonly port: number;
  /** Addresses at which connections arrived, in order. */
  readonly arrivals: readonly string[];
}

/** Starts a server; port 0 takes a free one. */
export async function serve(
  onConnection: (socket: Socket) => void,
  address = '127.0.0.1',
  port = 0,
): Promise<LocalServer> {
  const sockets = new Set<Socket>();
  const arrivals: string[] = [];
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    arrivals.push(socket.localAddress ?? '');
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(port, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    arrivals,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Sends back what it gets, and ends when the other side does. */
export const echo = (socket: Socket): void => void socket.pipe(socket);

/** Sends without end, as fast as it is read. */
export function flood(socket: Socket): void {
  const chunk = Buffer.alloc(65_536, 'x');
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}

/** What the host answered a bot: two bytes of length and JSON, at the start of the stream. */
export type Answer =
  | { readonly ok: { readonly address: string; readonly port: number } }
  | { readonly error: ConnectionOutcome; readonly message: string };

/** The bot's end of a tunnel. */
export class BotEnd {
  readonly stream: Duplex;
  #buffered = Buffer.alloc(0);

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on('error', () => {});
  }

  /** The next so many bytes; fewer where the stream ends before. */
  async read(bytes: number): Promise<Buffer> {
    while (this.#buffered.length < bytes && !this.stream.readableEnded && !this.stream.destroyed) {
      const chunk = this.stream.read() as Buffer | null;
      if (chunk) this.#buffered = Buffer.concat([this.#buffered, chunk]);
      else await firstOf(this.stream, 'readable', 'end', 'close');
    }
    const taken = this.#buffered.subarray(0, bytes);
    this.#buffered = this.#buffered.subarray(bytes);
    return taken;
  }

  async answer(): Promise<Answer> {
    const length = await this.read(2);
    const json = await this.read(length.readUInt16BE());
    return JSON.parse(json.toString());
  }

  /** Everything up to the end. */
  rest(): Promise<Buffer> {
    return this.read(Number.POSITIVE_INFINITY);
  }
}

/** Resolves at the first of some events. */
export function firstOf(stream: Duplex, ...events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
  });
}

/** Resolves when a bot's end is over; what still comes is dropped. */
export async function ended(bot: BotEnd): Promise<void> {
  bot.stream.resume();
  if (!bot.stream.closed) await firstOf(bot.stream, 'close');
}

/** A line of the log. */
type LogLine = Readonly<Record<string, unknown>>;

/** An egress with everything around it replaced, which reaches loopback unless told otherwise. */
export interface TestEgress {
  readonly egress: HostEgress;
  readonly lines: readonly LogLine[];
  readonly counted: readonly (readonly [ConnectionOutcome, number, number])[];
  readonly resolver: TableResolver;
}

export function testEgress(options: {
  readonly names?: Readonly<Record<string, readonly (readonly string[])[]>>;
  readonly limits?: Partial<EgressLimits>;
  readonly allow?: (address: string) => boolean;
  readonly now?: () => number;
}): TestEgress {
  const lines: LogLine[] = [];
  const counted: [ConnectionOutcome, number, number][] = [];
  const line = (fields: LogLine) => lines.push(fields);
  const resolver = new TableResolver(options.names ?? {});
  const egress = new HostEgress({
    resolver,
    limits: { ...egressLimits({ maxConnections: 512, hookMbIn: 16, hookMbOut: 4 }), ...options.limits },
    metrics: { egress: (...figures) => counted.push(figures) },
    log: { debug: () => {}, info: line, warn: line, error: line },
    allowAddress: options.allow ?? ((address) => address === '127.0.0.1'),
    ...(options.now && { now: options.now }),
  });
  return { egress, lines, counted, resolver };
}

/** One hook's way out, with bots' ends. */
export class TestHook implements Disposable {
  readonly #session: ReturnType<HostEgress['session']>;

  constructor(egress: HostEgress, network: Network, key = 'chn_a/bot:x/1', group = key) {
    this.#session = egress.session(network, { key, group });
  }

  /** Asks as the runner would pass it on. */
  ask(host: string, port: number): BotEnd {
    return this.askRaw(Buffer.from(JSON.stringify({ host, port })));
  }

  askRaw(question: Buffer): BotEnd {
    const [mine, theirs] = duplexPair();
    this.#session.open(question, theirs);
    // A reset reaches both sides of a real stream.
    theirs.once('close', () => mine.destroy());
    mine.once('close', () => theirs.destroy());
    return new BotEnd(mine);
  }

  close(): readonly Connection[] {
    return this.#session.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
