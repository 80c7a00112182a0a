import { describe, expect, it } from 'vitest';
import { PUBLIC_URL, TestServer } from './support/server.ts';
import { connect, exchangeOf, obtainCode, registerPublic } from './support/session.ts';

type Changes = Record<string, string | undefined>;

function merged(fields: Record<string, string>, changes: Changes): Record<string, string> {
  const all = Object.entries({ ...fields, ...changes });
  return Object.fromEntries(all.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

describe('a code exchange', () => {
  const CASES: readonly (readonly [string, Changes, number, string])[] = [
    ['without a grant type', { grant_type: undefined }, 400, 'invalid_request'],
    ['with an unknown grant type', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['with the grant type of an object', { grant_type: 'constructor' }, 400, 'unsupported_grant_type'],
    [
      'for a grant that the client may not use',
      { grant_type: 'client_credentials' },
      400,
      'unauthorized_client',
    ],
    ['without a client', { client_id: undefined }, 401, 'invalid_client'],
    ['by an unknown client', { client_id: 'client_aaaaaaaaaaaaaaaaaaaaaaaaaa' }, 401, 'invalid_client'],
    ['by a client called like a property', { client_id: '__proto__' }, 401, 'invalid_client'],
    ['with a secret that the client never had', { client_secret: 'x' }, 401, 'invalid_client'],
    ['without a code', { code: undefined }, 400, 'invalid_request'],
    ['with an unknown code', { code: `mcp_ac_${'A'.repeat(43)}` }, 400, 'invalid_grant'],
    ['with a malformed code', { code: 'x' }, 400, 'invalid_grant'],
    ['without a verifier', { code_verifier: undefined }, 400, 'invalid_grant'],
    ['with a verifier that is too short', { code_verifier: 'short' }, 400, 'invalid_request'],
    ['with another verifier', { code_verifier: 'v'.repeat(43) }, 400, 'invalid_grant'],
    ['without the redirect URI', { redirect_uri: undefined }, 400, 'invalid_grant'],
    ['with another redirect URI', { redirect_uri: 'https://client.example/other' }, 400, 'invalid_grant'],
    ['for a resource elsewhere', { resource: 'https://other.example/mcp' }, 400, 'invalid_target'],
    ['for a resource that was not authorized', { resource: PUBLIC_URL }, 400, 'invalid_target'],
  ];
  it.each(CASES)('%s is refused and gives nothing', async (_what, changes, status, error) => {
    await using server = new TestServer();
    const clientId = await registerPublic(server);
    const { code, verifier } = await obtainCode(server, clientId);
    const before = server.records.count('access');
    const answer = await server.form('/token', merged(exchangeOf(clientId, code, verifier), changes));
    expect(answer.json()).toEqual({ error, error_description: expect.stringMatching(/^[ !#-[\]-~]+$/) });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
    expect(server.records.count('access')).toBe(before);
    expect(server.records.count('refresh')).toBe(0);
  });

  it('by another client is refused', async () => {
    await using server = new TestServer();
    const { code, verifier } = await obtainCode(server, await registerPublic(server));
    const thief = await registerPublic(server);
    const answer = await server.form('/token', exchangeOf(thief, code, verifier));
    expect(answer.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('by a confidential client needs its secret beside the verifier', async () => {
    await using server = new TestServer();
    const registered = await server.register({ redirect_uris: ['https://client.example/callback'] });
    const { client_id, client_secret } = registered.json();
    const { code, verifier } = await obtainCode(server, client_id);
    const without = await server.form('/token', exchangeOf(client_id, code, verifier));
    expect(without.statusCode).toBe(401);
    expect(without.json()).toMatchObject({ error: 'invalid_client' });
    const withSecret = await server.form('/token', {
      ...exchangeOf(client_id, code, verifier),
      client_secret,
    });
    expect(withSecret.statusCode).toBe(200);
  });

  it.each(['client_id', 'code', 'code_verifier', 'grant_type', 'resource'])(
    'with %s twice is refused',
    async (name) => {
      await using server = new TestServer();
      const clientId = await registerPublic(server);
      const { code, verifier } = await obtainCode(server, clientId);
      const form = new URLSearchParams({
        ...exchangeOf(clientId, code, verifier),
        resource: `${PUBLIC_URL}/mcp`,
      });
      form.append(name, form.get(name) ?? '');
      expect((await server.form('/token', form.toString())).json()).toMatchObject({
        error: 'invalid_request',
      });
    },
  );
});

describe('client credentials', () => {
  it.each([
    ['a wrong secret', (id: string) => `${id}:wrong`],
    ['no secret', (id: string) => `${id}:`],
    ['another client', (_id: string, secret: string) => `client_aaaaaaaaaaaaaaaaaaaaaaaaaa:${secret}`],
    ['no colon', (id: string) => id],
  ])('with %s by Basic are answered 401 with a challenge', async (_what, basic) => {
    await using server = new TestServer();
    const { client_id, client_secret } = (await server.register({})).json();
    const answer = await server.form(
      '/token',
      { grant_type: 'client_credentials' },
      basic(client_id, client_secret),
    );
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({ error: 'invalid_client' });
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm=/);
  });

  it('may stand in header and body if they agree', async () => {
    await using server = new TestServer();
    const { client_id, client_secret } = (await server.register({})).json();
    const both = { grant_type: 'client_credentials', client_id, client_secret };
    expect((await server.form('/token', both, `${client_id}:${client_secret}`)).statusCode).toBe(200);
    const differing = await server.form(
      '/token',
      { ...both, client_secret: 'x' },
      `${client_id}:${client_secret}`,
    );
    expect(differing.json()).toMatchObject({ error: 'invalid_request' });
  });

  it.each([
    ['admin', 400],
    ['mcp', 200],
    ['mcp admin', 200],
  ])('with the scope %j are answered %i', async (scope, status) => {
    await using server = new TestServer();
    const { client_id, client_secret } = (await server.register({})).json();
    const fields = { grant_type: 'client_credentials', client_id, client_secret, scope };
    const answer = await server.form('/token', fields);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject(status === 200 ? { scope: 'mcp' } : { error: 'invalid_scope' });
  });
});

describe('a token request', () => {
  it.each([
    ['without a body', undefined, undefined, 400],
    ['as plain text', 'text/plain', 'grant_type=client_credentials', 400],
    ['as broken JSON', 'application/json', '{', 400],
    ['as a JSON array', 'application/json', '[]', 400],
    ['as JSON text', 'application/json', '"grant_type=client_credentials"', 400],
    ['with a number', 'application/json', '{"grant_type":1}', 400],
    ['with a JSON key twice', 'application/json', '{"code":"a","code":"b"}', 400],
    ['over 64 KiB', 'application/x-www-form-urlencoded', `x=${'a'.repeat(65_536)}`, 413],
  ])('%s is refused as a bad request', async (_what, type, payload, status) => {
    await using server = new TestServer();
    const answer = await server.app.inject({
      method: 'POST',
      url: '/token',
      ...(type === undefined ? {} : { headers: { 'content-type': type } }),
      ...(payload === undefined ? {} : { payload }),
    });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toEqual({ error: 'invalid_request', error_description: expect.any(String) });
  });
});

describe('revocation (RFC 7009)', () => {
  it('of a refresh token ends the authorization at once', async () => {
    await using server = new TestServer();
    const { clientId, tokens } = await connect(server);
    expect((await server.call(tokens.access_token)).statusCode).toBe(200);
    const answer = await server.form('/revoke', { client_id: clientId, token: tokens.refresh_token });
    expect([answer.statusCode, answer.body]).toEqual([200, '']);
    expect((await server.call(tokens.access_token)).statusCode).toBe(401);
  });

  it('of an access token leaves the refresh token', async () => {
    await using server = new TestServer();
    const { clientId, tokens } = await connect(server);
    expect((await server.call(tokens.access_token)).statusCode).toBe(200);
    await server.form('/oauth/revoke', { client_id: clientId, token: tokens.access_token });
    expect((await server.call(tokens.access_token)).statusCode).toBe(401);
    const form = { grant_type: 'refresh_token', client_id: clientId, refresh_token: tokens.refresh_token };
    expect((await server.form('/token', form)).statusCode).toBe(200);
  });

  it.each([
    ['an unknown token', (id: string) => ({ client_id: id, token: 'x' }), 200],
    ['no token', (id: string) => ({ client_id: id }), 400],
    ['no client', () => ({ token: 'x' }), 401],
    ['an unknown client', () => ({ client_id: 'x', token: 'x' }), 401],
  ])('of %s is answered rightly', async (_what, fields, status) => {
    await using server = new TestServer();
    const answer = await server.form('/revoke', fields(await registerPublic(server)));
    expect(answer.statusCode).toBe(status);
  });

  it("of another client's token is refused", async () => {
    await using server = new TestServer();
    const { tokens } = await connect(server);
    const stranger = await registerPublic(server);
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      const answer = await server.form('/revoke', { client_id: stranger, token });
      expect(answer.json()).toMatchObject({ error: 'unauthorized_client' });
    }
    expect(await server.accountOf(tokens.access_token)).toBeDefined();
  });
});
