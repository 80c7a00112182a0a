import type { FastifyInstance, FastifyRequest } from 'fastify';
import { baseUrl } from '../../identity/base-url.ts';
import type { Identity } from '../../identity/identity.ts';
import { Browser } from './people/browser.ts';
import type { PeopleParts } from './people/people.ts';
import { accountPages } from './people/routes.ts';
import { oauthRoutes } from './routes.ts';

export interface IdentityRoutesParts extends PeopleParts {
  readonly identity: Identity;
  /** True in accounts mode. */
  readonly asksPeople: boolean;
  /** Whether clients may come with the address of a document as their id. */
  readonly clientDocuments: boolean;
  /** The origin of the server without trailing slash. */
  readonly publicUrl: string;
  /** 32 secret bytes, the same on every server of one store. */
  readonly key: Uint8Array;
}

/** The OAuth endpoints, and in accounts mode the pages on which people sign in and agree. */
export function identityRoutes(parts: IdentityRoutesParts): (app: FastifyInstance) => Promise<void> {
  const { identity, asksPeople, clientDocuments, publicUrl, key } = parts;
  return async (app) => {
    await app.register(oauthRoutes(identity, { publicUrl, asksPeople, clientDocuments }));
    if (!asksPeople) return;
    const browser = new Browser(publicUrl.startsWith('https:'), key);
    const baseOf = (request: FastifyRequest) => baseUrl(publicUrl, request.headers.host);
    await app.register(accountPages({ ...parts, browser, baseOf }));
  };
}
