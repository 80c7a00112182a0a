import { isJsonObject, type Json, type JsonObject } from '../kernel/json/value.ts';
import { redirectUriProblem } from './redirect-uri.ts';
import { OAuthRefusal } from './refusal.ts';
import { SCOPES } from './scope.ts';

export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials'] as const;
export const AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post'] as const;
export type GrantType = (typeof GRANT_TYPES)[number];
export type AuthMethod = (typeof AUTH_METHODS)[number];

/** What a client says about itself when it registers (RFC 7591 section 2), with the defaults filled in. */
export type ClientMetadata = {
  readonly client_name?: string;
  readonly redirect_uris: readonly string[];
  readonly grant_types: readonly GrantType[];
  readonly response_types: readonly 'code'[];
  readonly token_endpoint_auth_method: AuthMethod;
  readonly scope?: string;
};

const MAX_NAME = 200;
const MAX_REDIRECT_URIS = 20;
/** Characters of all of them: anybody may register, and thousands of unused clients are kept and listed. */
const MAX_REDIRECT_URIS_LENGTH = 4096;

/**
 * Reads the body of a registration. Unknown members are ignored (RFC 7591 section 2); null counts as absent.
 *
 * @throws {OAuthRefusal} invalid_client_metadata or invalid_redirect_uri.
 */
export function parseClientMetadata(body: Json | undefined): ClientMetadata {
  if (!isJsonObject(body)) throw invalid('The body is not a JSON object.');
  const method = readAuthMethod(body);
  const redirectUris = readRedirectUris(body);
  const grants = readGrantTypes(body, method, redirectUris.length > 0);
  const usesCode = grants.includes('authorization_code');
  if (usesCode && redirectUris.length === 0) {
    throw new OAuthRefusal('invalid_redirect_uri', 'The authorization_code grant needs redirect_uris.');
  }
  readSubset(body, 'response_types', ['code']);
  const name = readText(body, 'client_name', MAX_NAME);
  const scope = readText(body, 'scope', 1000);
  return {
    ...(name === undefined ? {} : { client_name: name }),
    redirect_uris: redirectUris,
    grant_types: grants,
    response_types: usesCode ? ['code'] : [],
    token_endpoint_auth_method: method,
    ...(scope === undefined
      ? {}
      : { scope: SCOPES.filter((known) => known === 'mcp' || scope.split(' ').includes(known)).join(' ') }),
  };
}

/**
 * What is registered where clients have no account of their own: the server may register other grants than
 * were asked for (RFC 7591 section 3.2.1).
 *
 * @throws {OAuthRefusal} invalid_client_metadata where nothing is left
 */
export function withoutOwnAccount(metadata: ClientMetadata): ClientMetadata {
  const grants = metadata.grant_types.filter((grant) => grant !== 'client_credentials');
  if (grants.length > 0) return { ...metadata, grant_types: grants };
  throw invalid('Clients for client_credentials are made by a signed-in person at /account.');
}

function readAuthMethod(body: JsonObject): AuthMethod {
  const asked = readText(body, 'token_endpoint_auth_method', 100) ?? 'client_secret_basic';
  const method = AUTH_METHODS.find((known) => known === asked);
  if (!method)
    throw invalid('token_endpoint_auth_method is none, client_secret_basic or client_secret_post.');
  return method;
}

function readGrantTypes(body: JsonObject, method: AuthMethod, redirects: boolean): readonly GrantType[] {
  const asked = readSubset(body, 'grant_types', GRANT_TYPES);
  const isPublic = method === 'none';
  if (!asked) {
    // Wider than the standard's default, so that a client which names none can do all that it could ask for.
    return GRANT_TYPES.filter((grant) =>
      grant === 'client_credentials' ? !isPublic : redirects || isPublic,
    );
  }
  if (isPublic && asked.includes('client_credentials')) {
    throw invalid('The client_credentials grant needs a client secret.');
  }
  if (asked.length === 0) throw invalid('grant_types is empty.');
  return asked;
}

function readRedirectUris(body: JsonObject): readonly string[] {
  const uris = body['redirect_uris'] ?? [];
  if (!Array.isArray(uris)) throw new OAuthRefusal('invalid_redirect_uri', 'redirect_uris is not an array.');
  if (uris.length > MAX_REDIRECT_URIS) {
    throw new OAuthRefusal('invalid_redirect_uri', 'There are more than 20 redirect URIs.');
  }
  const checked = uris.map((uri: Json) => {
    const problem = typeof uri === 'string' ? redirectUriProblem(uri) : 'A redirect URI is not a string.';
    if (problem !== undefined) throw new OAuthRefusal('invalid_redirect_uri', problem);
    return uri as string;
  });
  if (checked.join('').length > MAX_REDIRECT_URIS_LENGTH) {
    throw new OAuthRefusal(
      'invalid_redirect_uri',
      'The redirect URIs are longer than 4096 characters together.',
    );
  }
  return checked;
}

/** The known items of a list, in our order. */
function readSubset<T extends string>(
  body: JsonObject,
  field: string,
  known: readonly T[],
): readonly T[] | undefined {
  const list = body[field] ?? undefined;
  if (list === undefined) return undefined;
  if (!Array.isArray(list) || !list.every((item: Json) => known.some((one) => one === item))) {
    throw invalid(`${field} may hold: ${known.join(', ')}.`);
  }
  return known.filter((item) => list.includes(item));
}

function readText(body: JsonObject, field: string, maxLength: number): string | undefined {
  const text = body[field] ?? undefined;
  if (text === undefined) return undefined;
  if (typeof text !== 'string') throw invalid(`${field} is not a string.`);
  if (text.length > maxLength) throw invalid(`${field} is longer than ${maxLength} characters.`);
  return text;
}

function invalid(description: string): OAuthRefusal {
  return new OAuthRefusal('invalid_client_metadata', description);
}
