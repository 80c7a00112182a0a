import type { FastifyReply, FastifyRequest } from 'fastify';
import { OAuthRefusal } from '../../identity/refusal.ts';
import type { CodedError } from '../../kernel/errors.ts';
import { setRetryAfter, toCodedError } from '../errors.ts';
import { refusalPage } from './refusal-page.ts';

/** Answers an error: as JSON for programs (RFC 6749 section 5.2), as a page where a person looks. */
export async function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const coded = toCodedError(error, request.id);
  setRetryAfter(reply, coded);
  const { status, refusal } = describe(error, coded, request);
  // Not the error's own properties: what a library hangs on it may hold what the client sent.
  if (status >= 500)
    request.log.error({ error: String(error), stack: stackOf(error) }, 'OAuth request failed');
  if (refusal.code === 'invalid_client' && /^basic\b/i.test(request.headers.authorization ?? '')) {
    // RFC 6749 section 5.2
    reply.header('www-authenticate', 'Basic realm="MCP Multiplayer"');
  }
  if (request.routeOptions.url === '/oauth/authorize') return refusalPage(reply, status, refusal);
  return reply.code(status).send(refusal.toAnswer());
}

function describe(
  error: unknown,
  { status }: CodedError,
  request: FastifyRequest,
): { status: number; refusal: OAuthRefusal } {
  if (error instanceof OAuthRefusal) return { status: error.status, refusal: error };
  switch (status) {
    case 413:
      return {
        status,
        refusal: new OAuthRefusal('invalid_request', 'The body is larger than allowed here.'),
      };
    case 429:
      return {
        status,
        refusal: new OAuthRefusal(
          'temporarily_unavailable',
          'Too many requests. Wait as long as Retry-After says.',
        ),
      };
    case 500:
      return { status, refusal: new OAuthRefusal('server_error', 'Something went wrong on the server.') };
    case 503:
      return { status, refusal: new OAuthRefusal('temporarily_unavailable', 'Try again in a few seconds.') };
    default: {
      const code = request.routeOptions.url === '/register' ? 'invalid_client_metadata' : 'invalid_request';
      return { status: 400, refusal: new OAuthRefusal(code, 'The body cannot be read.') };
    }
  }
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
