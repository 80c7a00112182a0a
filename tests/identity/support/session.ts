import { expect } from 'vitest';
import { pkce, PUBLIC_URL, type TestServer } from './server.ts';

export const CALLBACK = 'https://client.example/callback';

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** A public client that went through the whole of the code flow. */
export interface Session {
  readonly clientId: string;
  readonly code: string;
  readonly verifier: string;
  readonly tokens: Tokens;
}

/** Registers a public client; its id. */
export async function registerPublic(
  server: TestServer,
  redirectUris: readonly string[] = [CALLBACK],
): Promise<string> {
  const answer = await server.register({ redirect_uris: redirectUris, token_endpoint_auth_method: 'none' });
  expect(answer.statusCode).toBe(201);
  return answer.json().client_id;
}

/** A valid authorization request. */
export function authorizationOf(clientId: string, challenge: string): Record<string, string> {
  return {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: CALLBACK,
    state: 'xyz',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    scope: 'mcp',
    resource: `${PUBLIC_URL}/mcp`,
  };
}

/** Gets a code; with the verifier that goes with it. */
export async function obtainCode(
  server: TestServer,
  clientId: string,
): Promise<{ code: string; verifier: string }> {
  const { verifier, challenge } = pkce();
  const answer = await server.authorize(authorizationOf(clientId, challenge));
  const code = new URL(String(answer.headers.location)).searchParams.get('code');
  expect(code).not.toBeNull();
  return { code: code ?? '', verifier };
}

/** The form that exchanges a code. */
export function exchangeOf(clientId: string, code: string, verifier: string): Record<string, string> {
  return {
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    code_verifier: verifier,
    redirect_uri: CALLBACK,
  };
}

export async function connect(server: TestServer): Promise<Session> {
  const clientId = await registerPublic(server);
  const { code, verifier } = await obtainCode(server, clientId);
  const answer = await server.form('/token', exchangeOf(clientId, code, verifier));
  expect(answer.statusCode).toBe(200);
  return { clientId, code, verifier, tokens: answer.json() };
}

/** Uses a refresh token. */
export function refresh(server: TestServer, clientId: string, token: string) {
  return server.form('/token', { grant_type: 'refresh_token', client_id: clientId, refresh_token: token });
}
