import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { expect, it } from 'vitest';
import { startSite } from '../../e2e/support/site.ts';
import { TestServer } from '../support/server.ts';
import { bytesOf, documentOf, localDocuments } from './support.ts';

const REDIRECT = 'http://localhost:3118/callback';

/** An application that has published a document; it follows the redirect where a person would have a browser. */
class Application implements OAuthClientProvider {
  client: OAuthClientInformationMixed | undefined;
  saved: OAuthTokens | undefined;
  verifier = '';
  location = '';
  readonly redirectUrl = REDIRECT;
  readonly clientMetadata = { redirect_uris: [REDIRECT], client_name: 'SDK' };
  readonly clientMetadataUrl: string;
  constructor(clientMetadataUrl: string) {
    this.clientMetadataUrl = clientMetadataUrl;
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

it('the client of the MCP SDK uses its document instead of registering, connects and refreshes', async () => {
  await using site = await startSite((request, response) => {
    const id = `https://${request.headers.host}${request.url}`;
    response.setHeader('content-type', 'application/json');
    response.end(bytesOf(documentOf(id, { redirect_uris: ['http://localhost/callback'] })));
  });
  await using server = new TestServer({ ...localDocuments(), publicUrl: 'http://127.0.0.1:8100' });
  const serverUrl = `http://127.0.0.1:${await server.listen()}/mcp`;
  const application = new Application(`https://site.test:${site.port}/client.json`);

  expect(await auth(application, { serverUrl })).toBe('REDIRECT');
  expect(application.client?.client_id).toBe(application.clientMetadataUrl);
  const authorizationCode = new URL(application.location).searchParams.get('code') ?? '';
  expect(await auth(application, { serverUrl, authorizationCode })).toBe('AUTHORIZED');
  const first = application.saved?.access_token ?? '';
  expect(await server.accountOf(first)).toMatch(/^acc_/);
  expect(await auth(application, { serverUrl })).toBe('AUTHORIZED');
  expect(application.saved?.access_token).not.toBe(first);
  expect(server.records.count('client')).toBe(0);
  expect(site.asked).toEqual(['/client.json']);
});
