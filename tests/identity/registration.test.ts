import { describe, expect, it } from 'vitest';
import { MemoryRecords } from '../support/memory-records.ts';
import { TestServer } from './support/server.ts';
import { obtainCode, registerPublic } from './support/session.ts';

const HTTPS = 'https://client.example/callback';

describe('registration (RFC 7591)', () => {
  it('answers a confidential client with its secret and a first token', async () => {
    await using server = new TestServer();
    const answer = await server.register({ redirect_uris: [HTTPS], client_name: 'Script' });
    expect(answer.statusCode).toBe(201);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
    const body = answer.json();
    expect(body).toEqual({
      client_id: expect.stringMatching(/^client_[a-z2-7]{26}$/),
      client_secret: expect.stringMatching(/^mcp_cs_[\w-]{43}$/),
      client_id_issued_at: server.clock.now() / 1000,
      client_secret_expires_at: 0,
      client_name: 'Script',
      redirect_uris: [HTTPS],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      access_token: expect.stringMatching(/^mcp_at_[\w-]{43}$/),
      token_type: 'Bearer',
      expires_in: 43_200,
    });
    expect((await server.call(body.access_token)).json()).toMatchObject({
      clientId: body.client_id,
      scopes: ['mcp'],
    });
  });

  it('gives a public client no secret and no null', async () => {
    await using server = new TestServer();
    const answer = await server.register({
      redirect_uris: [HTTPS],
      token_endpoint_auth_method: 'none',
      client_name: null,
      scope: null,
    });
    expect(Object.keys(answer.json()).filter((name) => name.startsWith('client_secret'))).toEqual([]);
    expect(Object.values(answer.json())).not.toContain(null);
    expect(answer.json().grant_types).toEqual(['authorization_code', 'refresh_token']);
  });

  it('gives every client an account of its own', async () => {
    await using server = new TestServer();
    const tokens = await Promise.all(
      [1, 2, 3].map(async () => (await server.register({})).json().access_token),
    );
    const accounts = await Promise.all(tokens.map((token) => server.accountOf(token)));
    expect(new Set(accounts).size).toBe(3);
  });

  it('ignores metadata that it does not know and scopes that do not exist', async () => {
    await using server = new TestServer();
    const body = (
      await server.register({ software_id: 'x', jwks: {}, scope: 'mcp openid offline_access' })
    ).json();
    expect(body).not.toHaveProperty('software_id');
    expect(body.scope).toBe('mcp offline_access');
  });

  it.each([
    ['https://claude.ai/api/mcp/auth_callback'],
    ['http://localhost:33418/callback'],
    ['http://127.0.0.1/callback'],
    ['http://[::1]:1/callback?x=1'],
    ['cursor://anysphere.cursor-mcp/oauth/callback'],
    ['com.example.app:/oauth'],
  ])('takes the redirect URI %s', async (uri) => {
    await using server = new TestServer();
    expect((await server.register({ redirect_uris: [uri] })).json().redirect_uris).toEqual([uri]);
  });

  it.each([
    ['javascript:alert(1)'],
    ['JaVaScRiPt:alert(1)'],
    ['data:text/html,x'],
    ['vbscript:x'],
    ['file:///etc/passwd'],
    ['blob:https://client.example/1'],
    ['http://client.example/callback'],
    ['http://localhost.evil.example/callback'],
    ['http://localhost:80@evil.example/callback'],
    ['http://127.0.0.2/callback'],
    ['https://user:pass@client.example/callback'],
    ['https://client.example/callback#fragment'],
    ['https://client.example/call back'],
    ['https://client.example/\r\nset-cookie: a'],
    ['https://clïent.example/callback'],
    ['//client.example/callback'],
    ['https://*/callback'],
    ['https://client.example;sandbox/callback'],
    ['https://client.example,x/callback'],
    ['/callback'],
    ['https://'],
    [''],
    [`https://client.example/${'a'.repeat(2048)}`],
    [7],
    [null],
  ])('refuses the redirect URI %j', async (uri) => {
    await using server = new TestServer();
    const answer = await server.register({ redirect_uris: ['https://client.example/good', uri] });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ error: 'invalid_redirect_uri', error_description: expect.any(String) });
    expect(server.records.count('client')).toBe(0);
  });

  it.each([
    ['an array', [], 'invalid_client_metadata'],
    ['a string', '"x"', 'invalid_client_metadata'],
    ['no JSON', '{', 'invalid_client_metadata'],
    ['nothing', '', 'invalid_client_metadata'],
    ['a key twice', '{"client_name":"a","client_name":"b"}', 'invalid_client_metadata'],
    ['redirect_uris that is no array', { redirect_uris: HTTPS }, 'invalid_redirect_uri'],
    [
      'redirect URIs of over 4096 characters together',
      { redirect_uris: ['a', 'b', 'c'].map((name) => `${HTTPS}/${name.repeat(1500)}`) },
      'invalid_redirect_uri',
    ],
    ['21 redirect URIs', { redirect_uris: Array(21).fill(HTTPS) }, 'invalid_redirect_uri'],
    ['a code client without a redirect URI', { token_endpoint_auth_method: 'none' }, 'invalid_redirect_uri'],
    ['an unknown grant', { grant_types: ['password'] }, 'invalid_client_metadata'],
    ['the implicit response type', { response_types: ['token'] }, 'invalid_client_metadata'],
    ['grant_types that is no array', { grant_types: 'authorization_code' }, 'invalid_client_metadata'],
    ['no grants at all', { grant_types: [] }, 'invalid_client_metadata'],
    ['an unknown method', { token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_client_metadata'],
    ['a method of another type', { token_endpoint_auth_method: 1 }, 'invalid_client_metadata'],
    ['a name of another type', { client_name: {} }, 'invalid_client_metadata'],
    ['a name that is too long', { client_name: 'n'.repeat(201) }, 'invalid_client_metadata'],
    [
      'client_credentials without a secret',
      { grant_types: ['client_credentials'], token_endpoint_auth_method: 'none' },
      'invalid_client_metadata',
    ],
  ])('refuses %s', async (_what, metadata, error) => {
    await using server = new TestServer();
    const answer = await server.register(metadata);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ error, error_description: expect.any(String) });
    expect(server.records.count('client') + server.records.count('access')).toBe(0);
  });

  it('refuses a body over 64 KiB', async () => {
    await using server = new TestServer();
    const answer = await server.register({ client_name: 'n'.repeat(65 * 1024) });
    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toMatchObject({ error: 'invalid_request' });
  });
});

describe('registrations that nobody uses', () => {
  it('expire after thirty days, used ones do not', async () => {
    await using server = new TestServer();
    const idle = await registerPublic(server);
    const used = await registerPublic(server);
    const { code, verifier } = await obtainCode(server, used);
    await server.form('/token', {
      grant_type: 'authorization_code',
      client_id: used,
      code,
      code_verifier: verifier,
      redirect_uri: HTTPS,
    });
    server.clock.forward(31 * 24 * 3600);
    expect((await server.authorize({ client_id: idle })).statusCode).toBe(400);
    expect((await server.authorize({ client_id: used, redirect_uri: HTTPS })).statusCode).toBe(302);
  });

  it('make room for new ones at the cap, the oldest first', async () => {
    await using server = new TestServer({ maxUnusedClients: 10 });
    const ids: string[] = [];
    for (let n = 0; n < 11; n++) {
      ids.push(await registerPublic(server));
      server.clock.forward(1);
    }
    expect(server.records.count('client')).toBe(10);
    const known = async (id: string | undefined) =>
      (await server.authorize({ client_id: id ?? '', redirect_uri: HTTPS })).statusCode === 302;
    expect(await Promise.all(ids.map(known))).toEqual([false, ...Array(10).fill(true)]);
  });

  it('make room once for many that register at the same moment', async () => {
    const records = new CountingRecords();
    await using server = new TestServer({ records, maxUnusedClients: 10 });
    const flood = (size: number) =>
      Promise.all(Array.from({ length: size }, () => server.identity.register({})));
    await flood(10);
    records.lists = 0;
    await flood(5);
    expect(records.lists).toBe(1);
    // Those who waited passed the cap together; the next one sees to it.
    expect(records.count('client')).toBe(14);
    await flood(1);
    expect(records.count('client')).toBe(10);
  });
});

class CountingRecords extends MemoryRecords {
  lists = 0;
  override listByOwner(kind: string, owner: string, now: number) {
    this.lists++;
    return super.listByOwner(kind, owner, now);
  }
}
