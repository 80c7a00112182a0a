import OAuth2Server from '@node-oauth/oauth2-server';
import { CodedError } from '../kernel/errors.ts';
import { type ClientCredentials, type ClientRequest, readCredentials } from './credentials.ts';
import { GRANT_TYPES } from './client-metadata.ts';
import { LIFETIME } from './lifetimes.ts';
import { refuseRepeated } from './parameters.ts';
import { OAUTH_ERRORS, type OAuthErrorCode, OAuthRefusal } from './refusal.ts';
import { isOwnResource } from './resource.ts';
import { TokenModel, type TokenServices } from './token-model.ts';

/** A successful answer (RFC 6749 section 5.1). */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
  readonly refresh_token?: string;
  readonly scope: string;
}

/**
 * Answers a token request: authorization_code with PKCE, refresh_token, client_credentials.
 *
 * @param base the origin that the client talks to, which resource indicators must name
 * @throws {OAuthRefusal}
 */
export async function answerToken(
  services: TokenServices,
  request: ClientRequest,
  base: string,
): Promise<TokenAnswer> {
  const { values } = request.parameters;
  refuseRepeated(request.parameters);
  checkGrantType(values.get('grant_type'));
  const credentials = readCredentials(request);
  const resource = values.get('resource');
  if (resource !== undefined && !isOwnResource(resource, base)) {
    throw new OAuthRefusal('invalid_target', 'The resource is not one of this server.');
  }
  const model = new TokenModel(services, { redirectUri: values.get('redirect_uri'), resource });
  const token = await runLibrary(model, values, credentials);
  return {
    access_token: token.accessToken,
    token_type: 'Bearer',
    expires_in: LIFETIME.access / 1000,
    ...(token.refreshToken === undefined ? {} : { refresh_token: token.refreshToken }),
    scope: (token.scope ?? []).join(' '),
  };
}

/** The library has more grants than we offer, and it looks at the credentials first. */
function checkGrantType(grantType: string | undefined): void {
  if (grantType === undefined) throw new OAuthRefusal('invalid_request', 'The grant_type is missing.');
  if (!GRANT_TYPES.some((known) => known === grantType)) {
    throw new OAuthRefusal('unsupported_grant_type', `The grant types are ${GRANT_TYPES.join(', ')}.`);
  }
}

async function runLibrary(
  model: TokenModel,
  values: ReadonlyMap<string, string>,
  credentials: ClientCredentials,
): Promise<OAuth2Server.Token> {
  const body = {
    ...Object.fromEntries(values),
    client_id: credentials.id,
    client_secret: credentials.secret,
  };
  // The library knows a body by its headers; what they say of ours is true of what stands in `body`.
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '1' };
  const server = new OAuth2Server({
    model: model as unknown as OAuth2Server.ServerOptions['model'],
    // Our model verifies each client in the way it registered for; the library would go by the grant.
    requireClientAuthentication: {
      authorization_code: false,
      refresh_token: false,
      client_credentials: false,
    },
  });
  try {
    const request = new OAuth2Server.Request({ method: 'POST', query: {}, headers, body });
    return await server.token(request, new OAuth2Server.Response());
  } catch (error) {
    throw refusalOf(error);
  }
}

/** What may be told of a failure. The library wraps what its model throws: only coded errors say more. */
function refusalOf(error: unknown): Error {
  const inner = error instanceof Error && 'inner' in error ? error.inner : error;
  if (inner instanceof OAuthRefusal || inner instanceof CodedError) return inner;
  if (!(error instanceof OAuth2Server.OAuthError) || !isKnown(error.name) || error.name === 'server_error') {
    return inner instanceof Error ? inner : new Error('The token request failed.', { cause: error });
  }
  return new OAuthRefusal(error.name, sentence(error.message), { cause: error });
}

function isKnown(name: string): name is OAuthErrorCode {
  return Object.hasOwn(OAUTH_ERRORS, name);
}

/** The library quotes parameter names in backticks; RFC 6749 wants plain characters, which they are. */
function sentence(message: string): string {
  return message.replaceAll('"', '');
}
