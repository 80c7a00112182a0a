import type { LightMyRequestResponse } from 'fastify';
import { describe, expect, it } from 'vitest';
import { startSite } from '../../e2e/support/site.ts';
import { pkce, TestServer } from '../support/server.ts';
import { authorizationOf, exchangeOf, obtainCode, refresh, type Tokens } from '../support/session.ts';
import { localDocuments, ScriptedSource } from './support.ts';

const HOUR = 3600;
const ID = 'https://client.example/oauth/client.json';

/** What vendors serve, but for the host. */
interface Vendor {
  readonly name: string;
  readonly path: string;
  readonly document: Record<string, unknown>;
  readonly callback: string;
  readonly scope?: string;
}

const VENDORS: readonly Vendor[] = [
  {
    name: 'Claude',
    path: '/oauth/mcp-oauth-client-metadata',
    document: {
      client_name: 'Claude',
      client_uri: 'https://claude.ai',
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback', 'https://claude.com/api/mcp/auth_callback'],
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    callback: 'https://claude.ai/api/mcp/auth_callback',
    scope: 'mcp offline_access',
  },
  {
    name: 'Claude Code, on a loopback port of the moment',
    path: '/oauth/claude-code-client-metadata',
    document: {
      client_name: 'Claude Code',
      client_uri: 'https://claude.ai',
      redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    callback: 'http://localhost:61003/callback',
  },
  {
    name: 'ChatGPT, which has a key but can do without',
    path: '/oauth/IbUR3zxyNQ16/client.json',
    document: {
      client_uri: 'https://chatgpt.com/',
      redirect_uris: ['https://chatgpt.com/connector/oauth/IbUR3zxyNQ16'],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      client_name: 'ChatGPT',
      token_endpoint_auth_signing_alg: 'RS256',
      jwks_uri: 'https://chatgpt.com/oauth/jwks.json',
    },
    callback: 'https://chatgpt.com/connector/oauth/IbUR3zxyNQ16',
  },
];

describe.each(VENDORS)('$name', ({ path, document, callback, scope }) => {
  it('sees that it need not register, authorizes, takes a token, calls, refreshes and revokes', async () => {
    await using site = await startSite((request, response) => {
      const id = `https://${request.headers.host}${request.url}`;
      response.writeHead(request.url === path ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ client_id: id, ...document }));
    });
    await using server = new TestServer(localDocuments());
    const clientId = `https://site.test:${site.port}${path}`;
    const metadata = (await server.get('/.well-known/oauth-authorization-server')).json();
    expect(metadata).toMatchObject({
      client_id_metadata_document_supported: true,
      token_endpoint_auth_methods_supported: expect.arrayContaining(['none']),
    });

    const { verifier, challenge } = pkce();
    const answer = await server.authorize({
      ...authorizationOf(clientId, challenge),
      redirect_uri: callback,
      scope: scope ?? 'mcp',
    });
    expect(answer.statusCode).toBe(302);
    const location = new URL(String(answer.headers.location));
    expect(location.href.startsWith(`${callback}?`)).toBe(true);
    expect(location.searchParams.get('iss')).toBe(metadata.issuer);

    const code = location.searchParams.get('code') ?? '';
    const exchange = { ...exchangeOf(clientId, code, verifier), redirect_uri: callback };
    const exchanged = await server.form('/token', exchange);
    expect(exchanged.statusCode).toBe(200);
    expect(exchanged.json()).toMatchObject({ token_type: 'Bearer', scope: scope ?? 'mcp' });
    const account = await server.accountOf(exchanged.json().access_token);
    expect(account).toMatch(/^acc_[a-z2-7]{26}$/);
    expect((await server.call(exchanged.json().access_token)).statusCode).toBe(200);

    const refreshed = (await refresh(server, clientId, exchanged.json().refresh_token)).json<Tokens>();
    expect(await server.accountOf(refreshed.access_token)).toBe(account);
    const revoked = await server.form('/revoke', { client_id: clientId, token: refreshed.refresh_token });
    expect(revoked.statusCode).toBe(200);
    expect((await server.call(refreshed.access_token)).statusCode).toBe(401);
    expect(site.asked).toEqual([path]);
  });
});

/** A server, and a client whose document a test may change. */
function setUp(more: Record<string, unknown> = {}) {
  const source = new ScriptedSource();
  source.publish(ID, more);
  return { source, server: new TestServer({ documents: source }) };
}

/** Authorizes and takes tokens. */
async function connect(server: TestServer): Promise<Tokens> {
  const { code, verifier } = await obtainCode(server, ID);
  const answer = await server.form('/token', exchangeOf(ID, code, verifier));
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

const authorize = (server: TestServer, more: Record<string, string> = {}): Promise<LightMyRequestResponse> =>
  server.authorize({ ...authorizationOf(ID, pkce().challenge), ...more });

describe('a client with a document', () => {
  it('stands for no account: each authorization is one, whoever shares the document', async () => {
    const { server } = setUp();
    await using _ = server;
    const sessions = [await connect(server), await connect(server), await connect(server)];
    const accounts = await Promise.all(sessions.map((tokens) => server.accountOf(tokens.access_token)));
    expect(new Set(accounts).size).toBe(3);
    expect(accounts).not.toContain(undefined);
    expect(server.records.count('client')).toBe(0);
  });

  it('gets no token without a person: client_credentials are not for it', async () => {
    const { server } = setUp({ grant_types: ['authorization_code', 'client_credentials'] });
    await using _ = server;
    const answer = await server.form('/token', { grant_type: 'client_credentials', client_id: ID });
    expect([answer.statusCode, answer.json().error]).toEqual([400, 'unauthorized_client']);
  });

  it('gets no refresh token where its document does not ask for any', async () => {
    const { server } = setUp({ grant_types: ['authorization_code'] });
    await using _ = server;
    expect(await connect(server)).not.toHaveProperty('refresh_token');
  });

  it('has no secret: one that comes with a secret is another', async () => {
    const { server } = setUp();
    await using _ = server;
    const { code, verifier } = await obtainCode(server, ID);
    const answer = await server.form('/token', { ...exchangeOf(ID, code, verifier), client_secret: 'guess' });
    expect([answer.statusCode, answer.json().error]).toEqual([401, 'invalid_client']);
  });

  it('cannot use the code or the tokens of another document', async () => {
    const { server, source } = setUp();
    await using _ = server;
    const other = source.publish('https://other.example/client.json');
    const { code, verifier } = await obtainCode(server, ID);
    const stolen = await server.form('/token', exchangeOf(other, code, verifier));
    expect([stolen.statusCode, stolen.json().error]).toEqual([400, 'invalid_grant']);
    const { refresh_token } = await connect(server);
    expect((await refresh(server, other, refresh_token)).json().error).toBe('invalid_grant');
    const revoked = await server.form('/revoke', { client_id: other, token: refresh_token });
    expect(revoked.json().error).toBe('unauthorized_client');
    expect((await refresh(server, ID, refresh_token)).statusCode).toBe(200);
  });

  it('is redirected to addresses of its document only', async () => {
    const { server } = setUp();
    await using _ = server;
    const answer = await authorize(server, { redirect_uri: 'https://evil.example/callback' });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers.location).toBeUndefined();
    expect(answer.body).toContain('not one that the client has registered');
  });
});

describe('a client whose document cannot be used', () => {
  it('is shown to the person, and told at the token endpoint', async () => {
    const { server, source } = setUp({ client_secret: 'hush' });
    await using _ = server;
    const page = await authorize(server);
    expect(page.statusCode).toBe(400);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.headers.location).toBeUndefined();
    expect(page.body).toContain('It has a client_secret.');
    const answer = await server.form('/token', exchangeOf(ID, 'code', pkce().verifier));
    expect([answer.statusCode, answer.json()]).toEqual([
      401,
      {
        error: 'invalid_client',
        error_description: 'The document of the client is not valid. It has a client_secret.',
      },
    ]);
    expect(source.asked).toHaveLength(1);
  });

  it.each(['https://client.example/a/../b', 'https://client.example', 'https://[::1'])(
    'for its URL %s is refused alike, and nothing is fetched',
    async (id) => {
      const { server, source } = setUp();
      await using _ = server;
      const page = await authorize(server, { client_id: id });
      expect([page.statusCode, page.headers.location]).toEqual([400, undefined]);
      expect(page.body).toContain('The client_id is a URL that');
      const answer = await server.form('/token', { grant_type: 'refresh_token', client_id: id });
      expect([answer.statusCode, answer.json().error]).toEqual([401, 'invalid_client']);
      expect(source.asked).toEqual([]);
    },
  );

  it('loses its refresh tokens once the document is withdrawn', async () => {
    const { server, source } = setUp();
    await using _ = server;
    const { refresh_token } = await connect(server);
    source.put('', ID);
    server.clock.forward(2 * HOUR);
    const answer = await refresh(server, ID, refresh_token);
    expect([answer.statusCode, answer.json().error]).toEqual([401, 'invalid_client']);
  });

  it('loses an address that its document no longer has', async () => {
    const { server, source } = setUp();
    await using _ = server;
    expect((await authorize(server)).statusCode).toBe(302);
    source.publish(ID, { redirect_uris: ['https://client.example/new'] });
    server.clock.forward(2 * HOUR);
    expect((await authorize(server)).statusCode).toBe(400);
  });
});

describe('a client whose host is away', () => {
  it('works on by the copy for a day', async () => {
    const { server, source } = setUp();
    await using _ = server;
    const first = await connect(server);
    source.away();
    server.clock.forward(23 * HOUR);
    const second = await refresh(server, ID, first.refresh_token);
    expect(second.statusCode).toBe(200);
    expect((await authorize(server)).statusCode).toBe(302);
  });

  it('can give back what it has, however long its host is away, and nobody else can', async () => {
    const { server, source } = setUp();
    await using _ = server;
    const { access_token, refresh_token } = await connect(server);
    source.away();
    server.clock.forward(11 * HOUR);
    const reads = source.asked.length;
    const revoke = (more: Record<string, string>) =>
      server.form('/revoke', { client_id: ID, token: refresh_token, ...more });
    expect((await revoke({ client_id: 'https://other.example/client.json' })).json().error).toBe(
      'unauthorized_client',
    );
    expect((await revoke({ client_secret: 'guess' })).json().error).toBe('invalid_client');
    expect((await server.call(access_token)).statusCode).toBe(200);
    expect((await revoke({})).statusCode).toBe(200);
    expect((await server.call(access_token)).statusCode).toBe(401);
    expect(source.asked.length - reads).toBeLessThanOrEqual(1);
  });

  it('is told to come back, not that it is unknown: it keeps its tokens', async () => {
    const { server, source } = setUp();
    await using _ = server;
    const first = await connect(server);
    source.away();
    server.clock.forward(25 * HOUR);
    const answer = await refresh(server, ID, first.refresh_token);
    expect([answer.statusCode, answer.json().error]).toEqual([503, 'temporarily_unavailable']);
    const page = await authorize(server);
    expect([page.statusCode, page.headers.location]).toEqual([503, undefined]);
    expect(page.body).toContain('The host is away.');
    source.back();
    server.clock.forward(10);
    const again = await refresh(server, ID, first.refresh_token);
    expect(again.statusCode).toBe(200);
    expect(await server.accountOf(again.json().access_token)).toMatch(/^acc_/);
  });
});

describe('a server that takes no documents', () => {
  it('does not offer it, and knows no such client', async () => {
    await using server = new TestServer();
    const metadata = (await server.get('/.well-known/oauth-authorization-server')).json();
    expect(metadata).not.toHaveProperty('client_id_metadata_document_supported');
    const page = await authorize(server);
    expect(page.statusCode).toBe(400);
    expect(page.body).toContain('not registered here');
    const answer = await server.form('/token', exchangeOf(ID, 'code', pkce().verifier));
    expect([answer.statusCode, answer.json().error]).toEqual([401, 'invalid_client']);
  });
});
