import type { IncomingMessage } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { type AuthInfo, createMcpHandler } from '@modelcontextprotocol/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../identity/caller.ts';
import { CodedError } from '../../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json/value.ts';
import type { CallerGuard } from '../bearer.ts';
import type { Invoke, OpenCalls } from '../call.ts';
import { reportError, sendError } from '../errors.ts';
import type { RateGuard } from '../rate-limits.ts';
import type { Exchange } from './exchange.ts';
import { handleMcpError } from './errors.ts';
import { createRequestServer } from './server.ts';
import { toolOf } from './tools.ts';

/** What the MCP edge stands on. */
export interface McpParts {
  readonly invoke: Invoke;
  readonly requireCaller: CallerGuard;
  readonly limits: RateGuard;
  readonly calls: OpenCalls;
  readonly version: string;
}

/**
 * MCP over Streamable HTTP at `/mcp` and at `POST /`, without sessions: every request stands alone, in
 * protocol 2026-07-28 and in the older ones.
 */
export function mcpRoutes(app: FastifyInstance, parts: McpParts): void {
  const handler = createMcpHandler(
    ({ authInfo }) => createRequestServer(exchangeOf(authInfo), parts.version),
    {
      // The client is told in its answer; the error quotes what it sent, so the log is no place for it.
      onerror: () => {},
    },
  );
  const serve = toNodeHandler(handler);
  app.addHook('onClose', () => handler.close());
  app.setErrorHandler((error, request, reply) =>
    handleMcpError(countUnread(error, request, reply, parts.limits), request, reply),
  );

  const post = async (request: FastifyRequest, reply: FastifyReply) => {
    const message = singleMessage(request.body as Json | undefined);
    const exchange = open(request, reply, message, parts);
    acceptEither(request.raw);
    reply.hijack();
    // A hijacked answer carries only what the raw response holds.
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    const raw = Object.assign(request.raw, { auth: authInfoOf(exchange) }) as Parameters<typeof serve>[0];
    await serve(raw, reply.raw, message);
  };
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    CALLERS.set(request, await parts.requireCaller(request, reply));
  };
  const config = { countedAs: 'account', cors: 'listed' } as const;
  app.post('/mcp', { config, onRequest }, post);
  app.post('/', { config, onRequest }, post);
  app.route({ method: ['GET', 'DELETE'], url: '/mcp', config, onRequest, handler: refuseSession });
  app.get('/', async (request, reply) =>
    request.headers.accept?.includes('text/event-stream')
      ? refuseSession(request, reply)
      : reply.redirect('/docs'),
  );
}

const CALLERS = new WeakMap<FastifyRequest, Caller>();

/** There are no sessions, so neither a stream of a session nor its end (2025-11-25, Streamable HTTP: 405). */
function refuseSession(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendError(reply.header('allow', 'POST'), new CodedError('METHOD_NOT_ALLOWED'));
}

function singleMessage(body: Json | undefined): JsonObject {
  if (isJsonObject(body)) return body;
  throw new CodedError('INVALID_REQUEST', { message: 'The body must be one JSON-RPC message.' });
}

function open(request: FastifyRequest, reply: FastifyReply, message: JsonObject, parts: McpParts): Exchange {
  const caller = CALLERS.get(request) as Caller;
  const refusal = countCall(caller, message, reply, parts.limits);
  const signal = parts.calls.signal(reply.raw);
  return {
    caller,
    message,
    signal,
    invoke: refusal ? () => Promise.reject(refusal) : parts.invoke,
    report: (error) => reportError(error, request, signal),
  };
}

/** Why a tool may not be called now, to be told as the tool's error. @throws {CodedError} of any other message */
function countCall(
  caller: Caller,
  message: JsonObject,
  reply: FastifyReply,
  limits: RateGuard,
): Error | undefined {
  const tool = toolOf(message);
  try {
    limits.call(caller, tool, reply);
  } catch (error) {
    if (tool && error instanceof CodedError) return error;
    throw error;
  }
  return undefined;
}

/** Bodies that cannot be read count too: who they are from is known, what they ask for is not. */
function countUnread(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  limits: RateGuard,
): unknown {
  const caller = CALLERS.get(request);
  if (!caller || (error instanceof CodedError && error.code === 'RATE_LIMITED')) return error;
  try {
    limits.call(caller, undefined, reply);
  } catch (limited) {
    return limited;
  }
  return error;
}

/** The SDK hands `authInfo` on untouched: it is the only way from a request to its server. */
function authInfoOf(exchange: Exchange): AuthInfo {
  const { clientId, scopes } = exchange.caller;
  return { token: '', clientId, scopes: [...scopes], extra: { exchange } };
}

function exchangeOf(authInfo: AuthInfo | undefined): Exchange {
  return authInfo?.extra?.['exchange'] as Exchange;
}

/** Old scripts accept an event stream only, or say nothing: both get the event stream that the SDK sends. */
function acceptEither(request: IncomingMessage): void {
  const accept = request.headers.accept ?? '*/*';
  if (/text\/event-stream|\*\/\*/.test(accept))
    request.headers.accept = 'application/json, text/event-stream';
}
