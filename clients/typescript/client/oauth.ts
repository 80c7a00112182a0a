import {
  discoverOAuthServerInfo,
  exchangeAuthorization,
  type OAuthServerInfo,
  registerClient,
  startAuthorization,
} from '@modelcontextprotocol/sdk/client/auth.js';
import { InvalidClientMetadataError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import type { OAuthClientInformationFull } from '@modelcontextprotocol/sdk/shared/auth.js';
import { Problem, unreachable } from './problem.ts';
import { type Registration, requestToken, signIn } from './token.ts';

const ASK_OPERATOR = "Check MCP_BASE_URL; if it is right, ask the server's operator.";

/** Registers a confidential client (RFC 7591). @throws {Problem} */
export async function register(baseUrl: string, name: string): Promise<Registration> {
  const server = await discover(baseUrl);
  const { client_id, client_secret } = await registerAs(server, baseUrl, name, 'client_secret_basic');
  if (client_secret === undefined) {
    throw new Problem('BAD_ANSWER', 'The server registered this client without a secret.', ASK_OPERATOR);
  }
  return { client_id, client_secret };
}

/**
 * Takes an access token with the client's own credentials (RFC 6749 section 4.4).
 *
 * @throws {Problem} TOKEN_REFUSED where the server does not know the client (any more)
 */
export async function takeToken(baseUrl: string, client: Registration): Promise<string> {
  const { authorizationServerUrl, authorizationServerMetadata } = await discover(baseUrl);
  const endpoint = authorizationServerMetadata?.token_endpoint ?? `${authorizationServerUrl}/token`;
  return requestToken(baseUrl, endpoint, client, { resource: `${baseUrl}/mcp` });
}

/**
 * The flow of a client with a browser, without one: registers a public client, follows the redirect
 * of a server that approves by itself, and exchanges the code (OAuth 2.1, PKCE with S256).
 *
 * @returns an access token of an account of its own
 * @throws {Problem}
 */
export async function authorize(baseUrl: string, name: string): Promise<string> {
  const server = await discover(baseUrl);
  const metadata = server.authorizationServerMetadata;
  const client = await registerAs(server, baseUrl, name, 'none');
  const resource = `${baseUrl}/mcp`;
  const flow = { ...(metadata && { metadata }), clientInformation: client, resource };
  const state = crypto.randomUUID();
  const { authorizationUrl, codeVerifier } = await startAuthorization(server.authorizationServerUrl, {
    ...flow,
    redirectUrl: REDIRECT,
    scope: 'mcp',
    state,
  });
  const authorizationCode = await follow(authorizationUrl, state);
  const tokens = await exchangeAuthorization(server.authorizationServerUrl, {
    ...flow,
    authorizationCode,
    codeVerifier,
    redirectUri: REDIRECT,
  });
  return tokens.access_token;
}

/** Nothing listens there: the redirect is read, not followed. */
const REDIRECT = 'http://127.0.0.1/callback';

async function follow(url: URL, state: string): Promise<string> {
  const answer = await fetch(url, { redirect: 'manual' });
  const location = URL.parse(answer.headers.get('location') ?? '');
  const code = location?.searchParams.get('code');
  if (code && location?.searchParams.get('state') === state) return code;
  throw new Problem('BAD_ANSWER', 'The server did not approve the authorization by itself.', ASK_OPERATOR);
}

async function discover(baseUrl: string): Promise<OAuthServerInfo> {
  try {
    return await discoverOAuthServerInfo(`${baseUrl}/mcp`);
  } catch (error) {
    throw unreachable(baseUrl, error);
  }
}

async function registerAs(
  server: OAuthServerInfo,
  baseUrl: string,
  name: string,
  method: string,
): Promise<OAuthClientInformationFull> {
  const metadata = server.authorizationServerMetadata;
  const grants = method === 'none' ? ['authorization_code', 'refresh_token'] : ['client_credentials'];
  try {
    return await registerClient(server.authorizationServerUrl, {
      ...(metadata && { metadata }),
      clientMetadata: {
        client_name: name,
        redirect_uris: [REDIRECT],
        grant_types: grants,
        token_endpoint_auth_method: method,
      },
    });
  } catch (error) {
    if (error instanceof TypeError) throw unreachable(baseUrl, error);
    if (method !== 'none' && error instanceof InvalidClientMetadataError) throw signIn(baseUrl);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Problem('BAD_ANSWER', `The server did not register this client: ${reason}`, ASK_OPERATOR);
  }
}
