import { createHash, randomBytes } from 'node:crypto';
import type { Keeper } from './keeper.ts';
import { bearer, fieldsOf, type Said, type Visitor } from './visitor.ts';

const CALLBACK = 'http://127.0.0.1/callback';

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** A request to authorize a public client, and what its code is exchanged with. */
export async function askFor(visitor: Visitor, keeper: Keeper) {
  const metadata = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' };
  const { client_id: client } = fieldsOf<{ client_id: string }>(await visitor.post('/register', metadata));
  const verifier = keeper.keep('code_verifier', randomBytes(32).toString('base64url'));
  const state = keeper.keep('state', randomBytes(16).toString('base64url'));
  const query = new URLSearchParams({
    ...{
      response_type: 'code',
      client_id: client,
      redirect_uri: CALLBACK,
      state,
      scope: 'mcp offline_access',
    },
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const exchange = (location: string | null | undefined) =>
    visitor.form('/token', {
      ...{ grant_type: 'authorization_code', client_id: client, redirect_uri: CALLBACK },
      ...{ code: new URL(location ?? '').searchParams.get('code') ?? '', code_verifier: verifier },
    });
  return { client, path: `/oauth/authorize?${query.toString()}`, exchange };
}

/** Open mode: authorizes, refreshes, revokes, and goes wrong on the way. @returns a token that is good */
export async function takeToken(visitor: Visitor, keeper: Keeper): Promise<string> {
  const { client, path, exchange } = await askFor(visitor, keeper);
  const [used, wasted] = [await visitor.ask(path), await visitor.ask(path)];
  const first = fieldsOf<Tokens>(await exchange(used.headers.get('location')));
  const refresh = (token: string) =>
    visitor.form('/token', { grant_type: 'refresh_token', client_id: client, refresh_token: token });
  const second = fieldsOf<Tokens>(await refresh(first.refresh_token));
  const code = new URL(wasted.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const wrong = { grant_type: 'authorization_code', client_id: client, code, code_verifier: 'x'.repeat(43) };
  expectRefused(await visitor.form('/token', { ...wrong, redirect_uri: CALLBACK }));
  await visitor.form('/revoke', { client_id: client, token: second.access_token });
  const { access_token: token, refresh_token } = fieldsOf<Tokens>(await refresh(second.refresh_token));
  expectRefused(await refresh(`${refresh_token}x`));
  return token;
}

/** A confidential client that shows its secret in each way there is, right and wrong. */
export async function takeTokenBySecret(visitor: Visitor): Promise<string> {
  const { client_id: id, client_secret: secret } = fieldsOf<{ client_id: string; client_secret: string }>(
    await visitor.post('/register', {
      redirect_uris: [],
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'client_secret_basic',
    }),
  );
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  const grant = { grant_type: 'client_credentials' };
  expectRefused(await visitor.form('/token', grant, basic(`${id}:${secret}x`)));
  expectRefused(await visitor.form('/token', { ...grant, client_id: id, client_secret: `${secret}x` }));
  expectRefused(await visitor.form(`/token?client_secret=${secret}`, { ...grant, client_id: id }));
  expectRefused(await visitor.ask('/token', { method: 'POST', body: secret }));
  return fieldsOf<Tokens>(await visitor.form('/token', grant, basic(`${id}:${secret}`))).access_token;
}

/** Every place in which a secret does not belong, on every edge. */
export async function misplace(visitor: Visitor, token: string, codes: readonly string[]): Promise<void> {
  const all = [token, ...codes];
  for (const secret of all) {
    for (const path of [
      `/${secret}`,
      `/who?access_token=${secret}`,
      `/mcp?token=${secret}`,
      `/oauth/authorize?code=${secret}`,
    ])
      expectRefused(await visitor.ask(path));
    expectRefused(await visitor.ask(`/who?channel_id=${secret}`, { headers: bearer(token) }));
    expectRefused(await visitor.ask('/post_message', { method: 'POST', headers: { 'x-api-key': secret } }));
    for (const path of ['/post_message', '/mcp', '/register', '/token']) {
      const headers = { ...bearer(token), 'content-type': 'application/json' };
      for (const body of [`{"a": "${secret}"`, `{"${secret}": 1, "${secret}": 1}`, `"${secret}"`, secret])
        expectRefused(await visitor.ask(path, { method: 'POST', headers, body }));
    }
    for (const scheme of ['Token', 'Basic', 'Bearer x'])
      expectRefused(await visitor.ask('/who', { headers: { authorization: `${scheme} ${secret}` } }));
    for (const header of ['origin', 'mcp-protocol-version', 'mcp-method', 'accept', 'content-type'])
      await visitor.post(
        '/mcp',
        { jsonrpc: '2.0', id: secret, method: 'tools/list' },
        { ...bearer(token), [header]: secret },
      );
    await visitor.tool(secret, {}, token);
    await visitor.tool('join_channel', { [secret]: secret }, token);
    await visitor.tool('join_channel', { invite_code: `${secret}x` }, token);
    await visitor.post('/mcp', { jsonrpc: '2.0', id: 1, method: secret, params: { secret } }, bearer(token));
    await visitor.post('/mcp', { method: 'resources/read', params: { uri: secret } }, bearer(token));
    await visitor.post('/mcp', { jsonrpc: '1.0', id: 1, method: [secret] }, bearer(token));
    await visitor.sendRaw(`GET /${secret} HTTP/9.9\r\nAuthorization: Bearer ${secret}\r\n\r\n`);
    await visitor.sendRaw(`${secret}\r\n\r\n`);
    await visitor.sendRaw(`GET / HTTP/1.1\r\nHost: ${secret}\r\nConnection: close\r\n\r\n`);
    await visitor.sendRaw(
      `POST /post_message HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Length: 999\r\n\r\n${secret}`,
    );
  }
}

function expectRefused({ status, text }: Said): void {
  if (status < 300 || status >= 500) throw new Error(`This was to be refused, but: ${status} ${text}`);
}
