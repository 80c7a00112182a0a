import { type Agent, request } from 'node:http';
import type { FuzzRequest } from './messages.ts';

/** What came of a request. */
export type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly type: string; readonly body: string }
  /** Not answered in full within the time limit; what came until then. */
  | { readonly kind: 'hung'; readonly status: number | undefined; readonly body: string }
  /** The connection was closed without an answer. */
  | { readonly kind: 'dropped'; readonly reason: string };

/** Sends a request as it is; after `limitMs` the connection is closed, as by a client that lost interest. */
export function send(
  origin: string,
  agent: Agent,
  { method, path, headers, body }: FuzzRequest,
  limitMs: number,
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const { hostname, port, host } = new URL(origin);
  const raw = [...headers, ...(body ? [['content-length', String(body.length)] as const] : [])];
  const sent = request({
    ...{ hostname, port, path, method, agent },
    // A flat list keeps names that occur twice.
    headers: ['host', host, ...raw.flatMap(([name, value]) => [name, sendable(value)])],
  });
  let status: number | undefined;
  const chunks: Buffer[] = [];
  const text = () => Buffer.concat(chunks).toString();
  const timer = setTimeout(() => {
    resolve({ kind: 'hung', status, body: text() });
    sent.destroy();
  }, limitMs);
  const settle = (outcome: Outcome) => {
    clearTimeout(timer);
    resolve(outcome);
  };
  sent.on('response', (answer) => {
    status = answer.statusCode ?? 0;
    const type = answer.headers['content-type'] ?? '';
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('error', (error) => settle({ kind: 'dropped', reason: error.message }));
    answer.on('end', () => settle({ kind: 'answered', status: answer.statusCode ?? 0, type, body: text() }));
  });
  sent.on('error', (error) => settle({ kind: 'dropped', reason: error.message }));
  sent.end(body);
  return promise;
}

/** What Node lets a header be: our side of the wire is not what is tested. */
function sendable(value: string): string {
  return Buffer.from(value)
    .toString('latin1')
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, '?');
}
