import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Which web pages may read the answers: those of allowed origins, or any where the answer is nobody's
     * secret. None unless told: pages for people are never among them.
     */
    readonly cors?: Audience;
  }
}

/** Whose web pages may read a route's answers. */
export type Audience = 'listed' | 'any';

/** What MCP's transports and ours send beside what a browser lets through anyway. */
const REQUEST_HEADERS =
  'Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, Mcp-Method, Mcp-Name, Last-Event-ID';
const ANSWER_HEADERS =
  'WWW-Authenticate, Retry-After, RateLimit, RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining, ' +
  'X-RateLimit-Reset, X-Request-Id, Mcp-Session-Id, MCP-Protocol-Version';
/** s; the longest that any browser keeps it. */
const PREFLIGHT_MAX_AGE = '86400';

/** Knows the audience of each route; to be made before the routes are. */
export class Audiences {
  readonly #byUrl = new Map<string, { readonly audience: Audience; readonly methods: Set<string> }>();

  constructor(app: FastifyInstance) {
    app.addHook('onRoute', ({ url, method, config }) => {
      if (!config?.cors) return;
      const route = this.#byUrl.get(url) ?? { audience: config.cors, methods: new Set() };
      for (const name of [method].flat() as HTTPMethods[]) route.methods.add(name);
      this.#byUrl.set(url, route);
    });
  }

  /** Of what a request asks for, or of what its preflight asks about. */
  of(request: FastifyRequest): Audience | undefined {
    return isPreflight(request) ? this.#asked(request)?.audience : request.routeOptions.config.cors;
  }

  /** The methods of the route that a preflight asks about; undefined where it is not for other sites. */
  methodsFor(request: FastifyRequest): string | undefined {
    const route = isPreflight(request) ? this.#asked(request) : undefined;
    return route && [...route.methods].join(', ');
  }

  #asked({ url }: FastifyRequest) {
    return this.#byUrl.get(url.split('?', 1)[0] as string);
  }
}

/**
 * Lets web pages read answers (Fetch standard, CORS protocol). To stand behind the guard of names: whoever
 * comes this far may read. Cookies are never asked for, so that nothing here acts for a person.
 */
export function answerOtherSites(app: FastifyInstance, audiences: Audiences): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    const audience = origin === undefined ? undefined : audiences.of(request);
    if (origin === undefined || !audience) return done();
    if (audience === 'listed') reply.header('vary', 'Origin');
    reply.header('access-control-allow-origin', audience === 'any' ? '*' : origin);
    const methods = audiences.methodsFor(request);
    if (methods !== undefined) return answerPreflight(reply, methods);
    reply.header('access-control-expose-headers', ANSWER_HEADERS);
    done();
  });
}

/** A browser's question whether a page may send a request (Fetch standard, CORS-preflight). */
function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

function answerPreflight(reply: FastifyReply, methods: string): void {
  reply
    .header('access-control-allow-methods', methods)
    .header('access-control-allow-headers', REQUEST_HEADERS)
    .header('access-control-max-age', PREFLIGHT_MAX_AGE)
    .code(204)
    .send();
}
