import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { describe, expect, it } from 'vitest';
import { TestServer } from './support/server.ts';

const REDIRECT = 'http://localhost:3118/callback';

/** What an application keeps for the SDK; it follows the redirect where a person would have a browser. */
class Application implements OAuthClientProvider {
  client: OAuthClientInformationMixed | undefined;
  saved: OAuthTokens | undefined;
  verifier = '';
  location = '';
  readonly redirectUrl = REDIRECT;
  readonly clientMetadata: OAuthClientProvider['clientMetadata'];
  constructor(method: string) {
    this.clientMetadata = {
      redirect_uris: [REDIRECT],
      client_name: 'SDK',
      token_endpoint_auth_method: method,
    };
  }
  clientInformation = () => this.client;
  saveClientInformation = (client: OAuthClientInformationMixed) => void (this.client = client);
  tokens = () => this.saved;
  saveTokens = (tokens: OAuthTokens) => void (this.saved = tokens);
  saveCodeVerifier = (verifier: string) => void (this.verifier = verifier);
  codeVerifier = () => this.verifier;
  redirectToAuthorization = async (url: URL) => {
    const answer = await fetch(url, { redirect: 'manual' });
    this.location = answer.headers.get('location') ?? '';
  };
}

describe('the client of the MCP SDK, which knows nothing of us', () => {
  it.each([
    ['localhost', '/mcp', 'none'],
    ['127.0.0.1', '/mcp', 'client_secret_post'],
    ['127.0.0.1', '', 'client_secret_basic'],
    ['localhost', '/', 'none'],
  ])('connects at http://%s:<port>%s with %s, and refreshes', async (host, path, method) => {
    await using server = new TestServer({ publicUrl: 'http://127.0.0.1:8100' });
    const port = await server.listen();
    const serverUrl = `http://${host}:${port}${path}`;
    const application = new Application(method);

    expect(await auth(application, { serverUrl })).toBe('REDIRECT');
    const redirected = new URL(application.location);
    expect(redirected.searchParams.get('iss')).toBe(`http://${host}:${port}`);
    const authorizationCode = redirected.searchParams.get('code') ?? '';
    expect(await auth(application, { serverUrl, authorizationCode })).toBe('AUTHORIZED');
    const first = application.saved?.access_token ?? '';
    const account = await server.accountOf(first);
    expect(account).toBeDefined();

    expect(await auth(application, { serverUrl })).toBe('AUTHORIZED');
    const second = application.saved?.access_token ?? '';
    expect(second).not.toBe(first);
    expect(await server.accountOf(second)).toBe(account);
  });
});
