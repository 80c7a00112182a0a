import type { FastifyReply, FastifyRequest } from 'fastify';
import { reportError, sendError } from '../errors.ts';

/** JSON-RPC 2.0 section 5.1. */
const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const INTERNAL_ERROR = -32_603;

/**
 * Errors of a message that never reached the protocol: JSON-RPC errors without an id that carry the coded
 * error as data. Who calls is a matter of HTTP, and answered as on every other edge.
 */
export function handleMcpError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const coded = reportError(error, request);
  if (coded.status === 401 || coded.status === 403) return sendError(reply, coded);
  const code =
    coded.status >= 500 ? INTERNAL_ERROR : request.body === undefined ? PARSE_ERROR : INVALID_REQUEST;
  const answer = coded.toAnswer();
  return reply.code(coded.status).send({
    jsonrpc: '2.0',
    id: null,
    error: { code, message: answer.message, data: { error: answer } },
  });
}
