import { OPERATIONS, type OperationName } from '../../../control-plane/src/channels/operations/index.ts';
import type { World } from './world.ts';

type Arguments = Readonly<Record<string, unknown>>;

/** Makes a call over one edge: `ok`, or the code that it was refused with. */
export type Edge = (
  world: World,
  operation: OperationName,
  args: Arguments,
  token: string | undefined,
) => Promise<string>;

const HOST = { host: 'play.example' };
const METHODS = new Map(OPERATIONS.map(({ name, method }) => [name as string, method]));

const bearer = (token: string | undefined) =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };

const rest: Edge = async ({ app }, operation, args, token) => {
  const headers = { ...HOST, ...bearer(token) };
  const isGet = METHODS.get(operation) === 'GET';
  const query = new URLSearchParams(
    Object.entries(args).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const answer = await app.inject(
    isGet
      ? { method: 'GET', url: `/${operation}?${query.toString()}`, headers }
      : { method: 'POST', url: `/${operation}`, headers, payload: args },
  );
  return answer.json().error?.code ?? (answer.statusCode === 200 ? 'ok' : `status ${answer.statusCode}`);
};

const mcp: Edge = async ({ app }, operation, args, token) => {
  const answer = await app.inject({
    method: 'POST',
    url: '/mcp',
    headers: {
      ...HOST,
      ...bearer(token),
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
    },
    payload: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: operation, arguments: args } },
  });
  if (answer.statusCode !== 200) return answer.json().error?.code ?? `status ${answer.statusCode}`;
  const data = answer.body.split('\n').findLast((line) => line.startsWith('data: {'));
  const { result } = JSON.parse(data?.slice('data: '.length) ?? answer.body);
  return result.isError ? result.structuredContent.error.code : 'ok';
};

export const EDGES: Readonly<Record<string, Edge>> = { REST: rest, MCP: mcp };
