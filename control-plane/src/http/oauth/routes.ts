import type { FastifyInstance, FastifyRequest } from 'fastify';
import { baseUrl } from '../../identity/base-url.ts';
import type { ClientRequest } from '../../identity/credentials.ts';
import type { Identity } from '../../identity/identity.ts';
import { parseForm } from '../../identity/parameters.ts';
import type { Json } from '../../kernel/json/value.ts';
import { answerError } from './errors.ts';
import { acceptForms, parametersFrom } from './form.ts';
import { queryOf } from './query-of.ts';
import { METADATA_PATHS, resourceMetadata, serverMetadata } from './metadata.ts';

/** Bytes: more than any of these requests needs. */
const BODY_LIMIT = 64 * 1024;
/** Clients that are web pages connect from wherever they are; the page on which a person agrees is not theirs. */
const ANY_SITE = { cors: 'any' } as const;

/** What the endpoints need of the identity service. */
export type OAuthService = Pick<Identity, 'register' | 'authorize' | 'token' | 'revoke'>;

export interface OAuthRoutesConfig {
  /** The origin of the server without trailing slash; on loopback each client's own spelling is used. */
  readonly publicUrl: string;
  /** True in accounts mode: `http/account/` then serves the authorization endpoint. */
  readonly asksPeople?: boolean;
  /** Whether clients may come with the address of a document as their id. Default: no. */
  readonly clientDocuments?: boolean;
}

/**
 * The OAuth endpoints (docs/oauth.md). Relies on the application's own JSON parser; errors are answered as
 * RFC 6749 and RFC 7591 say.
 */
export function oauthRoutes(
  identity: OAuthService,
  { publicUrl, asksPeople = false, clientDocuments = false }: OAuthRoutesConfig,
): (app: FastifyInstance) => Promise<void> {
  const baseOf = (request: FastifyRequest) => baseUrl(publicUrl, request.headers.host);
  return async (app) => {
    acceptForms(app);
    app.setErrorHandler(answerError);
    app.addHook('onSend', async (_request, reply) => {
      // RFC 6749 section 5.1
      reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' });
    });
    metadataRoutes(app, baseOf, clientDocuments);
    // Where people are asked, the endpoint is a page of theirs.
    if (!asksPeople)
      app.get('/oauth/authorize', { exposeHeadRoute: false }, async (request, reply) => {
        const location = await identity.authorize(parseForm(queryOf(request)), baseOf(request));
        return reply.header('referrer-policy', 'no-referrer').redirect(location, 302);
      });
    app.post(
      '/register',
      { bodyLimit: BODY_LIMIT, config: { countedAs: 'registrations', ...ANY_SITE } },
      async (request, reply) => {
        reply.code(201);
        return identity.register(request.body as Json | undefined);
      },
    );
    for (const url of ['/token', '/oauth/token']) {
      app.post(url, { bodyLimit: BODY_LIMIT, config: ANY_SITE }, (request) =>
        identity.token(clientRequest(request), baseOf(request)),
      );
    }
    for (const url of ['/revoke', '/oauth/revoke']) {
      app.post(url, { bodyLimit: BODY_LIMIT, config: ANY_SITE }, async (request, reply) => {
        await identity.revoke(clientRequest(request));
        return reply.send();
      });
    }
  };
}

function metadataRoutes(
  app: FastifyInstance,
  baseOf: (request: FastifyRequest) => string,
  clientDocuments: boolean,
): void {
  for (const { path, url } of METADATA_PATHS.resource) {
    app.get(url, { config: ANY_SITE }, async (request) => resourceMetadata(baseOf(request), path));
  }
  for (const url of METADATA_PATHS.server) {
    app.get(url, { config: ANY_SITE }, async (request) => serverMetadata(baseOf(request), clientDocuments));
  }
}

function clientRequest(request: FastifyRequest): ClientRequest {
  return { parameters: parametersFrom(request.body), authorization: request.headers.authorization };
}
