import type { FastifyReply, FastifyRequest } from 'fastify';
import { baseUrl } from '../identity/base-url.ts';
import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import type { RateGuard } from './rate-limits.ts';

/** Resolves a bearer token; undefined for one that is unknown, expired or revoked. */
export type Authenticate = (bearer: string) => Promise<Caller | undefined>;

/** The scope that every call needs. */
export const SCOPE = 'mcp';

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i;

/** The token of an Authorization header (RFC 6750 section 2.1), undefined when there is none. */
function bearerToken(header: string | undefined): string | undefined {
  return header === undefined ? undefined : BEARER.exec(header)?.[1];
}

/**
 * The WWW-Authenticate header that leads a client to the authorization server (RFC 9728 section 5.1).
 * `error` is named only when the request carried credentials (RFC 6750 section 3.1).
 */
function challenge(base: string, path: string, sent: boolean, error = 'invalid_token'): string {
  const suffix = path === '/mcp' ? '/mcp' : '';
  const metadata = `${base}/.well-known/oauth-protected-resource${suffix}`;
  return `Bearer resource_metadata="${metadata}", scope="${SCOPE}"${sent ? `, error="${error}"` : ''}`;
}

/**
 * Finds out who calls, or throws UNAUTHORIZED or FORBIDDEN_SCOPE with the header of the challenge set;
 * RATE_LIMITED instead of UNAUTHORIZED where an address asked too often without a good token.
 */
export type CallerGuard = (request: FastifyRequest, reply: FastifyReply) => Promise<Caller>;

/** A guard for routes that need a caller. `publicUrl` is an origin without a trailing slash. */
export function callerGuard(
  authenticate: Authenticate,
  publicUrl: string,
  limits: Pick<RateGuard, 'stranger'>,
): CallerGuard {
  return async (request, reply) => {
    const header = request.headers.authorization;
    const token = bearerToken(header);
    const caller = token === undefined ? undefined : await authenticate(token);
    const base = baseUrl(publicUrl, request.headers.host);
    const path = request.routeOptions.url ?? '/';
    if (!caller?.scopes.includes(SCOPE)) limits.stranger(request, reply);
    if (!caller) {
      reply.header('www-authenticate', challenge(base, path, header !== undefined));
      throw new CodedError('UNAUTHORIZED');
    }
    if (!caller.scopes.includes(SCOPE)) {
      reply.header('www-authenticate', challenge(base, path, true, 'insufficient_scope'));
      throw new CodedError('FORBIDDEN_SCOPE', { scope: SCOPE });
    }
    return caller;
  };
}
