import { once } from 'node:events';
import { connect } from 'node:net';
import type { Keeper } from './keeper.ts';

/** What a server said. */
export interface Said {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export type Sent = RequestInit & { readonly headers?: Record<string, string> };

/** Speaks to a server as programs do, and keeps every secret that goes to it or comes back. */
export class Visitor {
  readonly #url: string;
  readonly #keeper: Keeper;
  constructor(url: string, keeper: Keeper) {
    this.#url = url;
    this.#keeper = keeper;
  }

  async ask(path: string, { headers = {}, ...init }: Sent = {}): Promise<Said> {
    for (const text of [path, init.body, ...Object.values(headers)]) this.#keeper.read(String(text));
    const answer = await fetch(this.#url + path, { redirect: 'manual', ...init, headers });
    const text = await answer.text();
    this.#keeper.read(text);
    for (const [, value] of answer.headers) this.#keeper.read(value);
    return { status: answer.status, text, headers: answer.headers };
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Said> {
    const json = { 'content-type': 'application/json', ...headers };
    return this.ask(path, { method: 'POST', headers: json, body: JSON.stringify(body) });
  }

  form(path: string, fields: Readonly<Record<string, string>>, headers: Record<string, string> = {}) {
    return this.ask(path, { method: 'POST', headers, body: new URLSearchParams(fields) });
  }

  /** Calls a tool over MCP. */
  tool(name: string, args: unknown, token: string): Promise<Said> {
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } };
    const accept = 'application/json, text/event-stream';
    return this.post('/mcp', message, { ...bearer(token), accept, 'mcp-protocol-version': '2025-06-18' });
  }

  /** Sends bytes that are no HTTP request, and waits until the server has closed the connection. */
  async sendRaw(bytes: string): Promise<void> {
    const { hostname, port } = new URL(this.#url);
    const socket = connect(Number(port), hostname).resume();
    socket.end(bytes);
    await once(socket, 'close');
  }
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** The fields of an answer that went well. */
export function fieldsOf<Fields>({ status, text }: Said): Fields {
  if (status >= 300) throw new Error(`${status}: ${text}`);
  return JSON.parse(text) as Fields;
}
