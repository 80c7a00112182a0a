import { describe, expect, it } from 'vitest';
import { authorizationQuery, CLIENTS, type ReplayedClient, STATE } from './support/replayed-clients.ts';
import { type TestServer, TestServer as Server, pkce } from './support/server.ts';

/** Follows the metadata as a client does: from the refused call to the endpoints. */
async function discover(server: TestServer, client: ReplayedClient) {
  const { host, pathname } = new URL(client.url);
  const path = pathname === '/' ? '' : pathname;
  const resource = (await server.get(`/.well-known/oauth-protected-resource${path}`, { host })).json();
  expect(resource.resource).toBe(client.url);
  expect(resource.authorization_servers).toEqual([new URL(client.url).origin]);
  const metadata = (await server.get('/.well-known/oauth-authorization-server', { host })).json();
  expect(metadata.issuer).toBe(resource.authorization_servers[0]);
  const pathOf = (endpoint: string) => new URL(metadata[endpoint]).pathname;
  return {
    host,
    issuer: metadata.issuer as string,
    resource: resource.resource as string,
    register: pathOf('registration_endpoint'),
    authorize: pathOf('authorization_endpoint'),
    token: pathOf('token_endpoint'),
  };
}

describe.each(CLIENTS)('$name', (client) => {
  it('discovers, registers, authorizes, takes a token, calls and refreshes', async () => {
    await using server = new Server({ publicUrl: client.publicUrl });
    const at = await discover(server, client);
    const registered = await server.register(client.registration);
    expect(registered.statusCode).toBe(201);
    expect(registered.json()).toMatchObject(client.registration);
    const { client_id, client_secret } = registered.json();
    const credentials = { client_id, ...(client_secret === undefined ? {} : { client_secret }) };

    const { verifier, challenge } = pkce();
    const query = authorizationQuery(client, client_id, challenge);
    const redirected = await server.get(`${at.authorize}?${query}`, { host: at.host });
    expect(redirected.statusCode).toBe(302);
    const location = String(redirected.headers.location);
    expect(location.startsWith(`${client.redirectUri}?`)).toBe(true);
    const answer = new URL(location).searchParams;
    expect(answer.get('state')).toBe(STATE);
    expect(answer.get('iss')).toBe(at.issuer);

    const send = (fields: Record<string, string>) =>
      server.app.inject({
        method: 'POST',
        url: at.token,
        headers: { host: at.host, 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ ...credentials, resource: at.resource, ...fields }).toString(),
      });
    const exchanged = await send({
      grant_type: 'authorization_code',
      code: answer.get('code') ?? '',
      code_verifier: verifier,
      redirect_uri: client.redirectUri,
    });
    expect(exchanged.statusCode).toBe(200);
    expect(exchanged.json()).toMatchObject({
      token_type: 'Bearer',
      expires_in: 43_200,
      scope: client.scope ?? 'mcp',
    });
    const account = await server.accountOf(exchanged.json().access_token);
    expect(account).toMatch(/^acc_[a-z2-7]{26}$/);

    const refreshed = await send({
      grant_type: 'refresh_token',
      refresh_token: exchanged.json().refresh_token,
    });
    expect(refreshed.statusCode).toBe(200);
    expect(await server.accountOf(refreshed.json().access_token)).toBe(account);
  });
});

describe('the scripts that circulate', () => {
  it.each(['/token', '/oauth/token'])('register, then take a token at %s with Basic', async (tokenUrl) => {
    await using server = new Server();
    const registered = await server.register({
      client_name: 'MCP Script Client',
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'client_secret_basic',
    });
    expect(registered.statusCode).toBe(201);
    const { client_id, client_secret, access_token } = registered.json();
    const answer = await server.form(
      tokenUrl,
      { grant_type: 'client_credentials' },
      `${client_id}:${client_secret}`,
    );
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).not.toHaveProperty('refresh_token');
    const account = await server.accountOf(answer.json().access_token);
    expect(account).toBeDefined();
    expect(account).toBe(await server.accountOf(access_token));
  });

  it('may send the token request as JSON', async () => {
    await using server = new Server();
    const { client_id, client_secret } = (await server.register({ client_name: 'script' })).json();
    const answer = await server.app.inject({
      method: 'POST',
      url: '/token',
      payload: { grant_type: 'client_credentials', client_id, client_secret },
    });
    expect(answer.statusCode).toBe(200);
    expect((await server.call(answer.json().access_token)).statusCode).toBe(200);
  });
});
