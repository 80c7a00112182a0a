import { describe, expect, it } from 'vitest';
import { PUBLIC_URL, pkce, TestServer } from './support/server.ts';
import { CALLBACK, connect, exchangeOf, obtainCode, refresh, registerPublic } from './support/session.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

describe('an access token', () => {
  it('lives twelve hours', async () => {
    await using server = new TestServer();
    const { tokens } = await connect(server);
    server.clock.forward(12 * HOUR - 1);
    expect(await server.accountOf(tokens.access_token)).toBeDefined();
    server.clock.forward(1);
    expect(await server.accountOf(tokens.access_token)).toBeUndefined();
  });

  it('belongs to an account of its own for each authorization, also of one client', async () => {
    await using server = new TestServer();
    const one = await connect(server);
    const { code, verifier } = await obtainCode(server, one.clientId);
    const other = (await server.form('/token', exchangeOf(one.clientId, code, verifier))).json();
    expect(await server.accountOf(other.access_token)).not.toBe(
      await server.accountOf(one.tokens.access_token),
    );
  });

  it('of client_credentials belongs to the account of the registration', async () => {
    await using server = new TestServer();
    const { client_id, client_secret, access_token } = (await server.register({})).json();
    const fields = { grant_type: 'client_credentials', client_id, client_secret };
    const tokens = [access_token];
    for (let n = 0; n < 2; n++) tokens.push((await server.form('/token', fields)).json().access_token);
    const accounts = await Promise.all(tokens.map((token) => server.accountOf(token)));
    expect(accounts[0]).toBeDefined();
    expect(new Set(accounts).size).toBe(1);
  });

  it('for another public URL is refused', async () => {
    await using issuing = new TestServer();
    const { tokens } = await connect(issuing);
    await using moved = new TestServer({ records: issuing.records, publicUrl: 'https://moved.example' });
    expect((await moved.call(tokens.access_token)).statusCode).toBe(401);
  });

  it.each([
    ['unknown', `mcp_at_${'A'.repeat(43)}`],
    ['cut short', 'mcp_at_AAAA'],
    ['empty', ''],
    ['huge', 'A'.repeat(8000)],
    ['of signs that no token has', 'mcp_at_"\\\''],
  ])('that is %s names nobody', async (_what, token) => {
    await using server = new TestServer();
    expect(await server.accountOf(token)).toBeUndefined();
    expect((await server.call(token)).statusCode).toBe(401);
  });

  it('cannot be replaced by a refresh token, code or client secret', async () => {
    await using server = new TestServer();
    const { tokens, clientId } = await connect(server);
    const { code } = await obtainCode(server, clientId);
    const { client_secret } = (await server.register({})).json();
    for (const other of [tokens.refresh_token, code, client_secret]) {
      expect(await server.accountOf(other)).toBeUndefined();
    }
  });
});

describe('a code', () => {
  it('lives sixty seconds', async () => {
    await using server = new TestServer();
    const clientId = await registerPublic(server);
    const { code, verifier } = await obtainCode(server, clientId);
    server.clock.forward(60);
    const answer = await server.form('/token', exchangeOf(clientId, code, verifier));
    expect(answer.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('used twice takes back what it gave', async () => {
    await using server = new TestServer();
    const { clientId, code, verifier, tokens } = await connect(server);
    expect(await server.accountOf(tokens.access_token)).toBeDefined();
    const again = await server.form('/token', exchangeOf(clientId, code, verifier));
    expect(again.statusCode).toBe(400);
    expect(again.json()).toMatchObject({ error: 'invalid_grant' });
    expect(await server.accountOf(tokens.access_token)).toBeUndefined();
    expect((await refresh(server, clientId, tokens.refresh_token)).json()).toMatchObject({
      error: 'invalid_grant',
    });
    expect(server.records.count('refresh')).toBe(0);
  });

  it('used twice at the same moment leaves no token behind', async () => {
    await using server = new TestServer();
    const clientId = await registerPublic(server);
    const { code, verifier } = await obtainCode(server, clientId);
    const answers = await Promise.all(
      [1, 2, 3].map(() => server.form('/token', exchangeOf(clientId, code, verifier))),
    );
    const given = answers
      .filter((answer) => answer.statusCode === 200)
      .map((answer) => answer.json().access_token);
    expect(given.length).toBeLessThanOrEqual(1);
    for (const token of given) expect(await server.accountOf(token)).toBeUndefined();
    expect(server.records.count('refresh')).toBe(0);
  });

  it('is lost to a wrong verifier, which cannot be guessed at', async () => {
    await using server = new TestServer();
    const clientId = await registerPublic(server);
    const { code, verifier } = await obtainCode(server, clientId);
    const wrong = await server.form('/token', exchangeOf(clientId, code, 'x'.repeat(43)));
    expect(wrong.json()).toMatchObject({ error: 'invalid_grant' });
    const right = await server.form('/token', exchangeOf(clientId, code, verifier));
    expect(right.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('needs no redirect_uri in the exchange when the request for it named none', async () => {
    await using server = new TestServer();
    const clientId = await registerPublic(server);
    const { challenge, verifier } = pkce();
    const answer = await server.authorize({
      response_type: 'code',
      client_id: clientId,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const code = new URL(String(answer.headers.location)).searchParams.get('code') ?? '';
    const fields = { grant_type: 'authorization_code', client_id: clientId, code, code_verifier: verifier };
    expect((await server.form('/token', fields)).statusCode).toBe(200);
  });
});

describe('a refresh token', () => {
  it('gives a new pair and keeps the account', async () => {
    await using server = new TestServer();
    const { clientId, tokens } = await connect(server);
    const answer = await refresh(server, clientId, tokens.refresh_token);
    expect(answer.statusCode).toBe(200);
    expect(answer.json().refresh_token).not.toBe(tokens.refresh_token);
    expect(await server.accountOf(answer.json().access_token)).toBe(
      await server.accountOf(tokens.access_token),
    );
  });

  it('works again for thirty seconds, since the answer may have been lost', async () => {
    await using server = new TestServer();
    const { clientId, tokens } = await connect(server);
    expect((await refresh(server, clientId, tokens.refresh_token)).statusCode).toBe(200);
    server.clock.forward(30);
    const again = await refresh(server, clientId, tokens.refresh_token);
    expect(again.statusCode).toBe(200);
    expect((await refresh(server, clientId, again.json().refresh_token)).statusCode).toBe(200);
  });

  it('used later than that ends everything that came of the authorization', async () => {
    await using server = new TestServer();
    const { clientId, tokens } = await connect(server);
    const second = (await refresh(server, clientId, tokens.refresh_token)).json();
    expect(await server.accountOf(second.access_token)).toBeDefined();
    server.clock.forward(31);
    const reuse = await refresh(server, clientId, tokens.refresh_token);
    expect(reuse.statusCode).toBe(400);
    expect(reuse.json()).toMatchObject({ error: 'invalid_grant' });
    for (const token of [tokens.access_token, second.access_token]) {
      expect(await server.accountOf(token)).toBeUndefined();
    }
    expect((await refresh(server, clientId, second.refresh_token)).json()).toMatchObject({
      error: 'invalid_grant',
    });
  });

  it.each([
    [`${PUBLIC_URL}/mcp`, 200],
    [`${PUBLIC_URL}/mcp/`, 200],
    [PUBLIC_URL, 400],
    ['https://other.example/mcp', 400],
  ])('asked for the resource %s is answered %i: it was authorized for /mcp', async (resource, status) => {
    await using server = new TestServer();
    const { clientId, tokens } = await connect(server);
    const fields = { grant_type: 'refresh_token', client_id: clientId, refresh_token: tokens.refresh_token };
    const answer = await server.form('/token', { ...fields, resource });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject(status === 200 ? { scope: 'mcp' } : { error: 'invalid_target' });
  });

  it('used twice at the same moment answers both', async () => {
    await using server = new TestServer();
    const { clientId, tokens } = await connect(server);
    const answers = await Promise.all([1, 2].map(() => refresh(server, clientId, tokens.refresh_token)));
    expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200]);
  });

  it('keeps a client connected as long as it is used within thirty days, and no longer', async () => {
    await using server = new TestServer();
    const { clientId, tokens } = await connect(server);
    let token = tokens.refresh_token;
    for (let turn = 0; turn < 4; turn++) {
      server.clock.forward(29 * DAY);
      const answer = await refresh(server, clientId, token);
      expect(answer.statusCode).toBe(200);
      token = answer.json().refresh_token;
    }
    server.clock.forward(30 * DAY);
    expect((await refresh(server, clientId, token)).json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('of another client is refused and stays good', async () => {
    await using server = new TestServer();
    const { clientId, tokens } = await connect(server);
    const thief = await registerPublic(server);
    expect((await refresh(server, thief, tokens.refresh_token)).json()).toMatchObject({
      error: 'invalid_grant',
    });
    expect((await refresh(server, clientId, tokens.refresh_token)).statusCode).toBe(200);
  });

  it('is not given to a client that did not register for it', async () => {
    await using server = new TestServer();
    const registered = await server.register({
      redirect_uris: [CALLBACK],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'none',
    });
    const clientId = registered.json().client_id;
    const { code, verifier } = await obtainCode(server, clientId);
    const answer = await server.form('/token', exchangeOf(clientId, code, verifier));
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).not.toHaveProperty('refresh_token');
  });
});

describe('what has expired', () => {
  it('is swept', async () => {
    await using server = new TestServer();
    await connect(server);
    server.clock.forward(500 * DAY);
    expect(await server.identity.sweep()).toBeGreaterThan(0);
    expect(server.records.dump()).toBe('[]');
  });
});
