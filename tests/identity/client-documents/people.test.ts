import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { joinPeople } from '../../../control-plane/src/assembly/people.ts';
import { readConfig } from '../../../control-plane/src/config/config.ts';
import { identityRoutes } from '../../../control-plane/src/http/oauth/identity-routes.ts';
import { ManualClock } from '../../support/manual-time.ts';
import { MemoryRecords } from '../../support/memory-records.ts';
import { pkce } from '../support/server.ts';
import { authorizationOf, CALLBACK, exchangeOf } from '../support/session.ts';
import { ScriptedSource } from './support.ts';

const ID = 'https://client.example/oauth/client.json';
const PUBLIC_URL = 'https://play.example';
const KEY = Buffer.alloc(32, 7);

/** A server in accounts mode, and a person who is signed in. */
async function setUp() {
  const source = new ScriptedSource();
  const config = readConfig({ AUTH_MODE: 'accounts', PUBLIC_URL });
  const records = new MemoryRecords();
  const people = joinPeople({ config, records, clock: new ManualClock(), key: KEY, documents: source });
  const app = Fastify();
  await app.register(identityRoutes({ ...people, publicUrl: PUBLIC_URL, key: KEY }));
  const account = await people.accounts.create({ name: 'Alice', login: 'alice' });
  const cookies: Record<string, string> = {
    '__Host-mcpm_session': await people.sessions.open(account?.id ?? ''),
  };
  const ask = async (query: string) => {
    const page = await app.inject({ url: `/oauth/authorize?${query}`, cookies });
    for (const { name, value } of page.cookies) cookies[name] = value;
    return page;
  };
  const answer = (query: string, token: string, decision: string) =>
    app.inject({
      method: 'POST',
      url: '/oauth/authorize',
      cookies,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ request: query, form_token: token, decision }).toString(),
    });
  return {
    source,
    app,
    people,
    account: account?.id,
    ask,
    answer,
    [Symbol.asyncDispose]: () => app.close(),
  };
}

const formToken = (page: string): string => /name="form_token" value="([^"]+)"/.exec(page)?.[1] ?? '';

it('a person sees which host a client comes from, agrees, and the client acts for their account', async () => {
  await using server = await setUp();
  server.source.publish(ID, { client_name: 'Claude <b>' });
  const { verifier, challenge } = pkce();
  const query = new URLSearchParams(authorizationOf(ID, challenge)).toString();
  const page = await server.ask(query);
  expect(page.statusCode).toBe(200);
  expect(page.body).toContain('calls itself <strong><bdi>Claude &lt;b&gt;</bdi></strong>');
  expect(page.body).toContain('comes from <strong>client.example</strong>');
  const left = await server.answer(query, formToken(page.body), 'allow');
  const location = new URL(String(left.headers.location));
  expect(location.href.startsWith(`${CALLBACK}?`)).toBe(true);
  const exchanged = await server.app.inject({
    method: 'POST',
    url: '/token',
    payload: exchangeOf(ID, location.searchParams.get('code') ?? '', verifier),
  });
  expect(exchanged.statusCode).toBe(200);
  const caller = await server.people.identity.authenticate(exchanged.json().access_token);
  expect(caller).toMatchObject({ account: server.account, clientId: ID, scopes: ['mcp'] });
});

it('a registered client is said to come from nowhere', async () => {
  await using server = await setUp();
  const registered = await server.app.inject({
    method: 'POST',
    url: '/register',
    payload: { client_name: 'Claude', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' },
  });
  const query = new URLSearchParams(authorizationOf(registered.json().client_id, pkce().challenge));
  const page = await server.ask(query.toString());
  expect(page.body).toContain('Claude');
  expect(page.body).not.toContain('comes from');
});

it('what was agreed to is read again: a document that changed meanwhile does not get the code', async () => {
  await using server = await setUp();
  server.source.cacheControl = 'max-age=0';
  server.source.publish(ID);
  const query = new URLSearchParams(authorizationOf(ID, pkce().challenge)).toString();
  const page = await server.ask(query);
  server.source.publish(ID, { redirect_uris: ['https://client.example/other'] });
  (server.people.clock as ManualClock).forward(6 * 60_000);
  const left = await server.answer(query, formToken(page.body), 'allow');
  expect(left.headers.location).toBeUndefined();
  expect(left.body).toContain('not one that the client has registered');
});
