import type { FastifyInstance, FastifyReply } from 'fastify';
import { CodedError } from '../kernel/errors.ts';
import type { Audiences } from './cors.ts';

/** What the guard against DNS rebinding lets through: host names without ports, `*` for any. */
export interface AllowedNames {
  readonly publicUrl: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers nothing worth protecting, and is asked by probes under any name. */
    readonly anyHost?: true;
  }
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Refuses requests whose Host or Origin names another site, so that a web page cannot reach the server
 * by pointing a name of its own at it (MCP 2025-11-25, Streamable HTTP, security warning: 403). What any
 * site may read is asked for under any Origin.
 */
export function guardNames(
  app: FastifyInstance,
  { publicUrl, allowedHosts, allowedOrigins }: AllowedNames,
  audiences: Pick<Audiences, 'of'>,
): void {
  const own = [...LOOPBACK, new URL(publicUrl).hostname];
  const hosts = matcher([...own, ...allowedHosts]);
  const origins = matcher([...own, ...allowedOrigins]);
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.anyHost) return done();
    const { host, origin } = request.headers;
    if (!hosts(host === undefined ? undefined : `http://${host}`)) return refuse(reply, 'Host');
    const passes = origin === undefined || origins(origin) || audiences.of(request) === 'any';
    if (!passes) return refuse(reply, 'Origin');
    done();
  });
}

function matcher(names: readonly string[]): (url: string | undefined) => boolean {
  if (names.includes('*')) return () => true;
  const allowed = new Set(names.map((name) => name.toLowerCase()));
  // Most requests come under one name: reading a URL costs more than all else here.
  let last: string | undefined;
  return (url) => {
    if (url === undefined) return false;
    if (url === last) return true;
    const passes = allowed.has(URL.parse(url)?.hostname ?? '');
    if (passes) last = url;
    return passes;
  };
}

function refuse(reply: FastifyReply, header: 'Host' | 'Origin'): void {
  const error = new CodedError('SITE_FORBIDDEN', { field: header });
  reply.code(error.status).send({ error: error.toAnswer() });
}
