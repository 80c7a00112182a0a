import { describe, expect, it } from 'vitest';
import { pkce, PUBLIC_URL, TestServer } from './support/server.ts';
import { authorizationOf, CALLBACK, registerPublic } from './support/session.ts';

const { challenge } = pkce();

/** A valid request with some parameters changed, and those that are undefined left out. */
function changed(clientId: string, changes: Record<string, string | undefined>): Record<string, string> {
  const all = Object.entries({ ...authorizationOf(clientId, challenge), ...changes });
  return Object.fromEntries(all.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

describe('an authorization request', () => {
  it('is approved with code, state and issuer, and leaves no trace in referrers or caches', async () => {
    await using server = new TestServer();
    const answer = await server.authorize(changed(await registerPublic(server), { state: 'a b&c=é' }));
    expect(answer.statusCode).toBe(302);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    const location = new URL(String(answer.headers.location));
    expect(location.origin + location.pathname).toBe(CALLBACK);
    expect(Object.fromEntries(location.searchParams)).toEqual({
      code: expect.stringMatching(/^mcp_ac_[\w-]{43}$/),
      state: 'a b&c=é',
      iss: PUBLIC_URL,
    });
  });

  it.each([
    ['state', undefined],
    ['scope', 'offline_access'],
    ['scope', 'mcp openid'],
    ['resource', undefined],
    ['resource', PUBLIC_URL],
    ['resource', `${PUBLIC_URL}/`],
    ['resource', `${PUBLIC_URL}/mcp/`],
    ['redirect_uri', undefined],
    ['response_mode', 'query'],
    ['login_hint', 'x'],
  ])('may come with %s as %s', async (name, value) => {
    await using server = new TestServer();
    const answer = await server.authorize(changed(await registerPublic(server), { [name]: value }));
    expect(new URL(String(answer.headers.location)).searchParams.get('code')).not.toBeNull();
  });

  it.each([
    ['response_type', undefined, 'invalid_request'],
    ['response_type', 'token', 'unsupported_response_type'],
    ['response_type', 'code token', 'unsupported_response_type'],
    ['response_mode', 'fragment', 'invalid_request'],
    ['code_challenge', undefined, 'invalid_request'],
    ['code_challenge', 'short', 'invalid_request'],
    ['code_challenge', `${challenge}A`, 'invalid_request'],
    ['code_challenge_method', undefined, 'invalid_request'],
    ['code_challenge_method', 'plain', 'invalid_request'],
    ['code_challenge_method', 's256', 'invalid_request'],
    ['scope', 'admin', 'invalid_scope'],
    ['resource', 'https://other.example/mcp', 'invalid_target'],
    ['resource', `${PUBLIC_URL}.evil.example/mcp`, 'invalid_target'],
    ['resource', `${PUBLIC_URL}/other`, 'invalid_target'],
    ['resource', 'not a URI', 'invalid_target'],
  ])('with %s as %s is reported to the client as %s', async (name, value, error) => {
    await using server = new TestServer();
    const answer = await server.authorize(changed(await registerPublic(server), { [name]: value }));
    expect(answer.statusCode).toBe(302);
    const location = new URL(String(answer.headers.location));
    expect(location.origin + location.pathname).toBe(CALLBACK);
    expect(Object.fromEntries(location.searchParams)).toEqual({
      error,
      error_description: expect.any(String),
      state: 'xyz',
      iss: PUBLIC_URL,
    });
    expect(server.records.count('code') + server.records.count('grant')).toBe(0);
  });

  it('by a client without the code grant is reported to it', async () => {
    await using server = new TestServer();
    const registered = await server.register({
      redirect_uris: [CALLBACK],
      grant_types: ['client_credentials'],
    });
    const answer = await server.authorize(changed(registered.json().client_id, {}));
    expect(new URL(String(answer.headers.location)).searchParams.get('error')).toBe('unauthorized_client');
  });

  it.each(['scope', 'state', 'resource', 'code_challenge', 'response_type'])(
    'with %s twice is refused',
    async (name) => {
      await using server = new TestServer();
      const query = new URLSearchParams(changed(await registerPublic(server), {}));
      query.append(name, 'second');
      const answer = await server.get(`/oauth/authorize?${query.toString()}`);
      expect(new URL(String(answer.headers.location)).searchParams.get('error')).toBe('invalid_request');
    },
  );

  it('keeps the query of the registered address', async () => {
    await using server = new TestServer();
    const uri = `${CALLBACK}?tenant=7`;
    const clientId = await registerPublic(server, [uri]);
    const good = await server.authorize(changed(clientId, { redirect_uri: uri }));
    expect(String(good.headers.location).startsWith(`${uri}&code=`)).toBe(true);
    const bad = await server.authorize(changed(clientId, { redirect_uri: uri, scope: 'admin' }));
    expect(String(bad.headers.location).startsWith(`${uri}&error=invalid_scope&`)).toBe(true);
  });
});

describe('an authorization request that must not be redirected', () => {
  it.each([
    ['no client', { client_id: undefined }],
    ['an unknown client', { client_id: 'client_aaaaaaaaaaaaaaaaaaaaaaaaaa' }],
    ['a hostile client id', { client_id: '<script>alert(1)</script>' }],
    ['another address', { redirect_uri: 'https://evil.example/callback' }],
    ['a longer address', { redirect_uri: `${CALLBACK}/more` }],
    ['an address with a query of its own', { redirect_uri: `${CALLBACK}?x=1` }],
    ['another port off loopback', { redirect_uri: 'https://client.example:444/callback' }],
    ['another case', { redirect_uri: 'https://CLIENT.example/callback' }],
    ['a script', { redirect_uri: 'javascript:alert(1)' }],
  ])('because of %s shows a page that loads and runs nothing', async (_why, changes) => {
    await using server = new TestServer();
    const answer = await server.authorize(changed(await registerPublic(server), changes));
    expect(answer.statusCode).toBe(400);
    expect(answer.headers.location).toBeUndefined();
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringContaining("default-src 'none'; frame-ancestors 'none'"),
      'x-content-type-options': 'nosniff',
    });
    expect(answer.body).not.toMatch(/script|evil/);
    expect(server.records.count('code')).toBe(0);
  });

  it.each(['client_id', 'redirect_uri'])('because of %s twice shows a page', async (name) => {
    await using server = new TestServer();
    const query = new URLSearchParams(changed(await registerPublic(server), {}));
    query.append(name, query.get(name) ?? '');
    expect((await server.get(`/oauth/authorize?${query.toString()}`)).statusCode).toBe(400);
  });

  it('because the client registered two addresses and names none shows a page', async () => {
    await using server = new TestServer();
    const clientId = await registerPublic(server, [CALLBACK, `${CALLBACK}/2`]);
    expect((await server.authorize(changed(clientId, { redirect_uri: undefined }))).statusCode).toBe(400);
  });
});

describe('on loopback', () => {
  it.each([
    ['http://localhost:1234/callback', true],
    ['http://localhost/callback', true],
    ['http://localhost:65535/callback', true],
    ['http://localhost:0/callback', false],
    ['http://localhost:65536/callback', false],
    ['http://127.0.0.1:5000/callback', false],
    ['http://localhost:5000/other', false],
    ['http://localhost:5000/callback?x', false],
    ['http://localhost:5000/callback#x', false],
    ['https://localhost:5000/callback', false],
    ['http://localhost:5000@evil.example/callback', false],
    ['http://localhost:5000.evil.example/callback', false],
    ['http://evil.example/?http://localhost:5000/callback', false],
  ])('%s matches http://localhost:5000/callback: %s', async (asked, matches) => {
    await using server = new TestServer();
    const clientId = await registerPublic(server, ['http://localhost:5000/callback']);
    const answer = await server.authorize(changed(clientId, { redirect_uri: asked }));
    const location = String(answer.headers.location);
    expect([answer.statusCode, location.startsWith(`${asked}?code=`)]).toEqual(
      matches ? [302, true] : [400, false],
    );
  });
});
