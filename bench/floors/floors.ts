import { callTool } from '../edges.ts';
import { HttpClient } from '../http.ts';
import type { Probe } from '../sampling.ts';
import { startBare } from './bare-process.ts';
import { BareContainers } from './container.ts';
import { BareInsert } from './insert.ts';

/** Everything that a figure can be compared with. */
export interface Floors extends AsyncDisposable {
  /** Of the bare server, and what it takes for a token. */
  readonly url: string;
  readonly token: string;
  /** A bare authenticated Fastify route. */
  readonly route: Probe;
  /** A bare stateless MCP tool call. */
  readonly mcp: Probe;
  /** A bare durable SQLite insert. */
  readonly insert: Probe;
  /** A bare pipe round trip to a container. */
  readonly pipe: Probe;
  /** A bare container start through the Engine API. */
  readonly start: Probe;
  /** What the floors of containers are made with. */
  readonly containers: BareContainers;
}

export interface FloorOptions {
  /** On the same disk as the server's data. */
  readonly directory: string;
  readonly socketPath: string;
  readonly image: string;
  /** Label of the containers. */
  readonly instance: string;
}

export async function startFloors(options: FloorOptions): Promise<Floors> {
  await using stack = new AsyncDisposableStack();
  const { url, token } = stack.use(await startBare(new URL('./server.ts', import.meta.url)));
  const http = stack.use(new HttpClient(url, token));
  const insert = stack.use(new BareInsert(options.directory));
  const containers = new BareContainers(options.socketPath, options.image, options.instance);
  const pipe = stack.use(await containers.pipe());
  const body = JSON.stringify({ channel_id: 'chn_aaaabbbbccccdddd', body: 'a word' });
  const held = stack.move();
  return {
    url,
    token,
    route: { name: 'bare route', run: async () => void (await http.send('POST', '/bare', body)) },
    mcp: { name: 'bare MCP call', run: async () => void (await callTool(http, 'bare', JSON.parse(body))) },
    insert: { name: 'bare insert', run: async () => insert.run() },
    pipe: { name: 'bare pipe', run: () => pipe.roundTrip() },
    start: { name: 'bare container start', run: () => containers.start() },
    containers,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
