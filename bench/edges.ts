import type { Answer, Arguments, ToolName } from '../clients/typescript/client/tools.ts';
import type { HttpClient } from './http.ts';

export const EDGES = ['REST', 'MCP'] as const;
export type Edge = (typeof EDGES)[number];

/** Calls an operation over one edge, by the same HTTP client. */
export type Call = <Name extends ToolName>(name: Name, args: Arguments<Name>) => Promise<Answer<Name>>;

/** The operations over REST: a query for what reads, JSON for what writes. */
export function rest(http: HttpClient): Call {
  return async (name, args) => {
    const reads = name === 'sync_messages' || name === 'get_channel_info';
    const query = new URLSearchParams(args as Record<string, string>);
    const text = reads
      ? await http.send('GET', `/${name}?${query.toString()}`)
      : await http.send('POST', `/${name}`, JSON.stringify(args));
    return JSON.parse(text);
  };
}

/** The operations as tools over MCP 2025-11-25, one message each, as a hosted client sends them. */
export function mcp(http: HttpClient): Call {
  return async (name, args) => (await callTool(http, name, args)) as never;
}

let lastId = 0;

/** One `tools/call`. @throws {Error} for anything but a good result */
export async function callTool(http: HttpClient, name: string, args: object): Promise<object> {
  const message = { jsonrpc: '2.0', id: ++lastId, method: 'tools/call', params: { name, arguments: args } };
  const text = await http.send('POST', '/mcp', JSON.stringify(message), {
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2025-11-25',
  });
  const answer = JSON.parse(lastData(text));
  if (answer.result === undefined || answer.result.isError) throw new Error(`${name}: ${text.slice(0, 300)}`);
  return answer.result.structuredContent;
}

/** The last event of an event stream, or all of an answer in JSON. */
function lastData(text: string): string {
  if (text.startsWith('{')) return text;
  const start = text.lastIndexOf('\ndata: ');
  const from = start < 0 ? 'data: '.length : start + '\ndata: '.length;
  const end = text.indexOf('\n', from);
  return text.slice(from, end < 0 ? undefined : end);
}
