import type { FastifyInstance } from 'fastify';
import { TOOLS } from '../../control-plane/src/http/mcp/tools.ts';
import { type AllHandlers, pathsOf } from '../../control-plane/src/http/operations.ts';
import type { NextCall } from '../../control-plane/src/kernel/errors.ts';
import type { AppParts } from '../../control-plane/src/http/app.ts';
import { type ChannelsOptions, openChannels } from '../support/channels.ts';
import { lastData, legacyCall, modernRequest } from '../http/wire.ts';
import { startApp } from '../http/support.ts';

export const EDGES = ['REST', 'MCP of the older era', 'MCP 2026-07-28'] as const;
export type Edge = (typeof EDGES)[number];

/** An answer as JSON; which fields it has is what a test asserts. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Answer = Readonly<Record<string, any>>;

/** What a call came to, with the text that a model reads. */
export interface Outcome {
  readonly failed: boolean;
  readonly answer: Answer;
  readonly text: string;
  /** Bytes as they were sent, event stream and all. */
  readonly sent: string;
}

type Arguments = Readonly<Record<string, unknown>>;

/** A session of one account that holds nothing but its token: every call is a connection of its own. */
export interface Session {
  /** Makes a call that is expected to go well. */
  call(tool: ToolName, args?: Arguments): Promise<Answer>;
  /** Makes a call that is expected to fail, and answers the error. */
  refused(tool: ToolName, args?: Arguments): Promise<Answer>;
  /** Makes the call that an answer told in full. */
  follow(next: NextCall | undefined): Promise<Answer>;
  try(tool: ToolName, args?: Arguments): Promise<Outcome>;
}

/** The real services behind the real edges, with scripted bots and a store in memory. */
export async function startModels(options: ChannelsOptions = {}, parts: Partial<AppParts> = {}) {
  const channels = openChannels(options);
  const server = await startApp({
    handlers: channels.handlers,
    agents: channels.agents,
    authenticate: async (token) => ({ account: `acc_${token}`, clientId: `cli_${token}`, scopes: ['mcp'] }),
    ...parts,
  });
  return {
    app: server.app,
    channels,
    as: (account: string, edge: Edge = 'MCP 2026-07-28') => sessionOf(server.app, account, edge),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await channels[Symbol.asyncDispose]();
    },
  };
}

export type Models = Awaited<ReturnType<typeof startModels>>;

function sessionOf(app: FastifyInstance, account: string, edge: Edge): Session {
  const attempt = (tool: ToolName, args: Arguments = {}) => send(app, account, edge, tool, args);
  const call = async (tool: ToolName, args?: Arguments) => {
    const { failed, answer } = await attempt(tool, args);
    if (failed) throw new Error(`${tool} failed: ${JSON.stringify(answer)}`);
    return answer;
  };
  return {
    try: attempt,
    call,
    async refused(tool, args) {
      const { failed, answer } = await attempt(tool, args);
      if (!failed) throw new Error(`${tool} was not refused: ${JSON.stringify(answer)}`);
      return answer['error'] as Answer;
    },
    async follow(next) {
      if (!next) throw new Error('No next call was told.');
      return call(next.tool as ToolName, next.arguments);
    },
  };
}

/** A tool, by its name. */
export type ToolName = keyof AllHandlers;

async function send(
  app: FastifyInstance,
  account: string,
  edge: Edge,
  tool: ToolName,
  args: Arguments,
): Promise<Outcome> {
  const request = requestOf(edge, tool, args);
  const headers = { ...request.headers, authorization: `Bearer ${account}` };
  const { statusCode, body } = await app.inject({ ...request, headers });
  if (edge === 'REST') return { failed: statusCode >= 400, answer: JSON.parse(body), text: body, sent: body };
  const { result } = body.startsWith('{') ? JSON.parse(body) : lastData(body);
  return {
    failed: result.isError === true,
    answer: result.structuredContent,
    text: result.content[0].text,
    sent: body,
  };
}

/** A call as it goes over the wire of an edge. */
export function requestOf(edge: Edge, tool: ToolName, args: Arguments) {
  if (edge === 'MCP of the older era') return legacyCall(tool, JSON.stringify(args));
  if (edge === 'MCP 2026-07-28') return modernRequest('tools/call', { name: tool, arguments: args });
  const operation = TOOLS.get(tool);
  if (!operation) throw new Error(`${tool} is no tool.`);
  const [url] = pathsOf(operation);
  if (operation.method === 'POST') {
    const headers = { 'content-type': 'application/json' };
    return { method: 'POST' as const, url, headers, payload: JSON.stringify(args) };
  }
  const query = new URLSearchParams(
    Object.entries(args).map(([key, value]): [string, string] => [key, String(value)]),
  );
  return { method: 'GET' as const, url: `${url}?${query.toString()}`, headers: {} };
}
