import { randomUUID } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Metrics } from '../kernel/metrics.ts';
import type { Budgets } from '../limits/budgets.ts';
import { type Authenticate, callerGuard } from './bearer.ts';
import { invoker, OpenCalls } from './call.ts';
import { answerOtherSites, Audiences } from './cors.ts';
import { BODY_LIMIT_BYTES, handleError } from './errors.ts';
import { strictJsonBodies } from './json-body.ts';
import { mcpRoutes } from './mcp/routes.ts';
import { answerUnreadable } from './malformed.ts';
import { handleUnrouted } from './not-found.ts';
import { openApiRoutes } from './openapi/routes.ts';
import { readForwarded } from './proxies/believe.ts';
import type { AllHandlers } from './operations.ts';
import { opsRoutes, type Readiness, type Exposition } from './ops/routes.ts';
import { limitStrangers, rateGuard } from './rate-limits.ts';
import { type AllowedNames, guardNames } from './rebinding.ts';
import { type RestParts, restRoutes } from './rest/routes.ts';
import { closeSilentConnections } from './silent-connections.ts';
import { type AnswerHeaders, securityHeaders } from './security-headers.ts';
import { type SocketRouteParts, socketRoutes } from './ws/routes.ts';

/** Within this a request must have arrived in full; how long its answer may take is another matter. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Within this a connection must have agreed on TLS. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** What the HTTP server stands on; `main` brings the real parts, tests bring their own. */
export interface AppParts {
  readonly handlers: AllHandlers;
  readonly agents: Omit<SocketRouteParts, 'requireCaller' | 'limits'> & Pick<RestParts, 'admitsNewcomers'>;
  readonly authenticate: Authenticate;
  /** Registers the OAuth endpoints, with the body kinds and error shapes that OAuth asks for. */
  readonly identityRoutes: (app: FastifyInstance) => Promise<void>;
  readonly config: AllowedNames & { readonly metricsToken?: string | undefined };
  /** How much each account and each address may call. */
  readonly budgets: Budgets;
  /** What TLS is spoken with; plain HTTP without it. */
  readonly tls?: SecureContextOptions | undefined;
  /** Says of an address whether it is a trusted proxy's: `request.ip` is the client's behind those. */
  readonly trustsProxy?: ((address: string) => boolean) | undefined;
  readonly metrics: Metrics & Partial<Exposition>;
  readonly logger: FastifyBaseLogger;
  readonly readiness: Readiness;
  readonly version: string;
}

/** The whole HTTP server, not listening yet: MCP, REST, OAuth, OpenAPI and the operator's routes. */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const { config, trustsProxy, version } = parts;
  const headers = securityHeaders(config.publicUrl);
  const app = createServer(parts, headers);
  if (trustsProxy) readForwarded(app, trustsProxy);
  const calls = new OpenCalls();
  app.addHook('preClose', async () => calls.stop());
  closeLastConnections(app);
  closeSilentConnections(app);
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers).header('x-request-id', request.id);
    done();
  });
  const audiences = new Audiences(app);
  guardNames(app, config, audiences);
  answerOtherSites(app, audiences);
  limitStrangers(app, parts.budgets);
  countRequests(app, parts.metrics);
  strictJsonBodies(app);
  app.setErrorHandler(handleError);
  handleUnrouted(app);

  const limits = rateGuard(parts.budgets);
  const requireCaller = callerGuard(parts.authenticate, config.publicUrl, limits);
  const edge = { invoke: invoker(parts.handlers), requireCaller, limits, calls };
  await app.register(async (scope) =>
    restRoutes(scope, { ...edge, admitsNewcomers: parts.agents.admitsNewcomers }),
  );
  await app.register(async (scope) => mcpRoutes(scope, { ...edge, version }));
  await app.register(async (scope) => openApiRoutes(scope, { publicUrl: config.publicUrl, version }));
  await app.register(async (scope) =>
    opsRoutes(scope, {
      readiness: parts.readiness,
      exposition: expositionOf(parts.metrics),
      metricsToken: config.metricsToken,
    }),
  );
  await app.register(async (scope) => socketRoutes(scope, { ...parts.agents, requireCaller, limits }));
  await app.register(parts.identityRoutes);
  return app;
}

function createServer({ logger, tls, trustsProxy }: AppParts, headers: AnswerHeaders): FastifyInstance {
  return fastify({
    loggerInstance: logger,
    https: tls ? { ...tls, handshakeTimeout: HANDSHAKE_TIMEOUT_MS } : null,
    trustProxy: trustsProxy ?? false,
    // A query may carry a seat handle, so no line per request: metrics count them.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => `req_${randomUUID()}`,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    // Errors before routing are of the one shape too; no hook has seen these requests.
    frameworkErrors: (error, request, reply) =>
      handleError(error, request, reply.headers(headers).header('x-request-id', request.id)),
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, headers),
  });
}

/** A connection whose call is answered after the others were closed would be kept open for its next one. */
function closeLastConnections(app: FastifyInstance): void {
  app.addHook('onResponse', (_request, _reply, done) => {
    if (!app.server.listening) setImmediate(() => app.server.closeIdleConnections());
    done();
  });
}

function countRequests(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    metrics.request(route, request.method, reply.raw.statusCode, reply.elapsedTime);
    done();
  });
}

function expositionOf({ contentType, render }: AppParts['metrics']): Exposition | undefined {
  return contentType !== undefined && render ? { contentType, render } : undefined;
}
