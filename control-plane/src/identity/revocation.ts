import { isDocumentUrl } from './client-documents/url.ts';
import { type ClientCredentials, type ClientRequest, readCredentials } from './credentials.ts';
import { OAuthRefusal } from './refusal.ts';
import { secretKey } from './secrets.ts';
import type { TokenServices } from './token-model.ts';

/**
 * Revokes an access token, or a refresh token with everything of its grant (RFC 7009 section 2.1). A token
 * that is unknown needs no revoking: that is no error (section 2.2).
 *
 * @throws {OAuthRefusal}
 */
export async function revokeToken(services: TokenServices, request: ClientRequest): Promise<void> {
  const credentials = readCredentials(request);
  await checkClient(services, credentials);
  const token = request.parameters.values.get('token');
  if (token === undefined) throw new OAuthRefusal('invalid_request', 'The token is missing.');
  const refresh = await services.tokens.findRefresh(token);
  const access = refresh ? undefined : await services.tokens.findAccess(secretKey(token));
  const holder = refresh ?? access;
  if (!holder) return;
  if (holder.value.client_id !== credentials.id) {
    throw new OAuthRefusal('unauthorized_client', 'The token was issued to another client.');
  }
  if (refresh) await services.endGrant(refresh.value.grant);
  else await services.tokens.removeAccess(token);
}

/** @throws {OAuthRefusal} invalid_client */
async function checkClient({ clients }: TokenServices, { id, secret }: ClientCredentials): Promise<void> {
  // Such a client has nothing to prove, and what it was given it can give back also while its host is away.
  if (isDocumentUrl(id) && secret === undefined) return;
  if (await clients.verify(id, secret)) return;
  throw new OAuthRefusal('invalid_client', 'The client credentials are not valid.');
}
