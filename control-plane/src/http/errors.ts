import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '../kernel/errors.ts';
import { JsonError } from '../kernel/json/parse.ts';

/** The largest body of a request, bytes. */
export const BODY_LIMIT_BYTES = 256 * 1024;

/** Anything that was thrown, as an error that a caller may see. What is not coded becomes INTERNAL. */
export function toCodedError(error: unknown, requestId: string): CodedError {
  if (error instanceof CodedError) return error;
  if (error instanceof JsonError) return new CodedError('INVALID_REQUEST', { message: `${error.message}.` });
  const framework = error instanceof Error ? (error as FastifyError) : undefined;
  if (framework?.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new CodedError('TOO_LARGE', { limit_bytes: BODY_LIMIT_BYTES });
  }
  if (framework?.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new CodedError('UNSUPPORTED_MEDIA_TYPE');
  const status = framework?.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    return new CodedError('INVALID_REQUEST', { message: 'The HTTP request is malformed.' });
  }
  return new CodedError('INTERNAL', { request_id: requestId }, { cause: error });
}

/** As toCodedError; what becomes INTERNAL is logged with its stack, unless the caller has gone. */
export function reportError(error: unknown, request: FastifyRequest, signal?: AbortSignal): CodedError {
  const coded = toCodedError(error, request.id);
  if (coded.code === 'INTERNAL' && !signal?.aborted) {
    request.log.error({ err: error, request_id: request.id, route: request.routeOptions.url }, 'call failed');
  }
  return coded;
}

/** Answers with the one error shape, its status, and Retry-After where the error says when. */
export function sendError(reply: FastifyReply, error: CodedError): FastifyReply {
  setRetryAfter(reply, error);
  return reply.code(error.status).send({ error: error.toAnswer() });
}

/** Sets Retry-After where the error says when. */
export function setRetryAfter(reply: FastifyReply, { details }: CodedError): void {
  const { retry_after_s: retryAfter } = details;
  if (retryAfter !== undefined) reply.header('retry-after', String(Math.ceil(retryAfter)));
}

/** The error handler of every edge that has no shape of its own. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  sendError(reply, reportError(error, request));
}
