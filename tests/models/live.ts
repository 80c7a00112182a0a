import { request as httpRequest, type ClientRequest } from 'node:http';
import type { ToolName } from './support.ts';
import { type Metrics, noMetrics } from '../../control-plane/src/kernel/metrics.ts';
import { modernRequest } from '../http/wire.ts';
import { type Edge, requestOf } from './support.ts';

/** Counts the calls that are parked, and tells when none is. */
export class WaiterCount {
  parked = 0;
  #changed = Promise.withResolvers<void>();

  readonly metrics: Metrics = {
    ...noMetrics,
    waiter: () => {
      this.#set(this.parked + 1);
      return () => this.#set(this.parked - 1);
    },
  };

  /** Resolves as soon as so many calls are parked. */
  async reaches(count: number): Promise<void> {
    while (this.parked !== count) await this.#changed.promise;
  }

  #set(count: number): void {
    this.parked = count;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** A call over a connection of its own, which the test may close at any time. */
export function openCall(
  base: string,
  edge: Edge,
  account: string,
  tool: ToolName,
  args: Readonly<Record<string, unknown>>,
): ClientRequest {
  const { method, url, headers, payload } = { payload: undefined, ...requestOf(edge, tool, args) };
  const all = { ...headers, authorization: `Bearer ${account}` };
  const client = httpRequest(new URL(url, base), { method, headers: all, agent: false });
  // The test itself closes it.
  client.on('error', () => {});
  client.end(payload);
  return client;
}

/** The messages of an event stream, as they arrive. */
export async function* events(answer: Response): AsyncGenerator<Readonly<Record<string, unknown>>> {
  let rest = '';
  for await (const part of (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: {')) yield JSON.parse(line.slice(6));
  }
}

/** A tools/call with a token for its progress, in either era. */
export function callWithProgress(
  edge: Edge,
  account: string,
  params: object,
  progressToken: string | number,
) {
  const modern = modernRequest('tools/call', { ...params }, { progressToken });
  const legacy = {
    ...requestOf('MCP of the older era', 'sync_messages', {}),
    payload: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { ...params, _meta: { progressToken } },
    }),
  };
  const { method, headers, payload: body } = edge === 'MCP 2026-07-28' ? modern : legacy;
  return { method, headers: { ...headers, authorization: `Bearer ${account}` }, body };
}
