import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CodedError } from '../../kernel/errors.ts';
import { isJsonObject, type Json } from '../../kernel/json/value.ts';
import { reportError, sendError, setRetryAfter } from '../errors.ts';

/** JSON-RPC 2.0 section 5.1. */
const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const INTERNAL_ERROR = -32_603;
/** The first of those that JSON-RPC leaves to servers. */
const TOO_MANY_REQUESTS = -32_000;

/**
 * Errors of a message that never reached the protocol: JSON-RPC errors that carry the coded error as data.
 * Who calls is a matter of HTTP, and answered as on every other edge.
 */
export function handleMcpError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const coded = reportError(error, request);
  if (coded.status === 401 || coded.status === 403) return sendError(reply, coded);
  const answer = coded.toAnswer();
  const body = request.body as Json | undefined;
  setRetryAfter(reply, coded);
  return reply.code(coded.status).send({
    jsonrpc: '2.0',
    id: coded.status === 429 ? idOf(body) : null,
    error: { code: codeOf(coded, body), message: answer.message, data: { error: answer } },
  });
}

function codeOf({ status }: CodedError, body: Json | undefined): number {
  if (status >= 500) return INTERNAL_ERROR;
  if (status === 429) return TOO_MANY_REQUESTS;
  return body === undefined ? PARSE_ERROR : INVALID_REQUEST;
}

/** A message that is right but comes too often is answered under its own id. */
function idOf(body: Json | undefined): Json {
  const id = isJsonObject(body) ? body['id'] : undefined;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}
