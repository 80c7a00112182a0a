import { describe, expect, it } from 'vitest';
import { joinPeople } from '../../control-plane/src/assembly/people.ts';
import { readConfig } from '../../control-plane/src/config/config.ts';
import { identityRoutes } from '../../control-plane/src/http/oauth/identity-routes.ts';
import { oauthRoutes } from '../../control-plane/src/http/oauth/routes.ts';
import { Identity } from '../../control-plane/src/identity/identity.ts';
import { ManualClock } from '../support/manual-time.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { AUTH, CHANNEL, startApp } from './support.ts';
import { legacyCall, modernRequest } from './wire.ts';

const PUBLIC_URL = 'https://play.example';
const APP = 'https://app.test';
const ANYWHERE = 'https://anywhere.example';

/** The server, with one other site whose pages may call it. */
function open(allowedOrigins = ['app.test']) {
  const identity = new Identity({
    records: new MemoryRecords(),
    clock: new ManualClock(),
    publicUrl: PUBLIC_URL,
  });
  return startApp({
    config: { publicUrl: PUBLIC_URL, allowedHosts: [], allowedOrigins },
    identityRoutes: oauthRoutes(identity, { publicUrl: PUBLIC_URL }),
  });
}

const HOST = { host: 'play.example' };
const preflight = (url: string, origin: string, method = 'POST') => ({
  method: 'OPTIONS' as const,
  url,
  headers: {
    ...HOST,
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': 'authorization,content-type,mcp-protocol-version',
  },
});
const corsOf = (headers: Readonly<Record<string, unknown>>) =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));

/** What any site's pages may ask for, with the method. */
const OPEN = [
  ['GET', '/.well-known/oauth-protected-resource'],
  ['GET', '/.well-known/oauth-protected-resource/mcp'],
  ['GET', '/.well-known/oauth-authorization-server'],
  ['GET', '/.well-known/openid-configuration'],
  ['POST', '/register'],
  ['POST', '/token'],
  ['POST', '/oauth/token'],
  ['POST', '/revoke'],
] as const;

const LISTED = [
  ['POST', '/mcp'],
  ['POST', '/'],
  ['POST', '/post_message'],
  ['GET', `/get_channel_info?channel_id=${CHANNEL}`],
  ['GET', '/openapi.json'],
] as const;

describe('a preflight', () => {
  it.each(LISTED)('%s %s is answered to an allowed site, without a token', async (method, url) => {
    await using server = await open();
    const { statusCode, headers, body } = await server.app.inject(preflight(url, APP, method));
    expect([statusCode, body]).toEqual([204, '']);
    expect(headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-max-age': '86400',
      vary: 'Origin',
    });
    expect(String(headers['access-control-allow-methods']).split(', ')).toContain(method);
    const allowed = String(headers['access-control-allow-headers']).toLowerCase().split(', ');
    expect(allowed).toEqual(
      expect.arrayContaining([
        ...['authorization', 'content-type', 'accept', 'last-event-id'],
        ...['mcp-protocol-version', 'mcp-session-id', 'mcp-method', 'mcp-name'],
      ]),
    );
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  it.each(LISTED)('%s %s is refused to any other site', async (method, url) => {
    await using server = await open();
    const { statusCode, headers } = await server.app.inject(preflight(url, ANYWHERE, method));
    expect([statusCode, corsOf(headers)]).toEqual([403, []]);
  });

  it.each(OPEN)('%s %s is answered to any site', async (method, url) => {
    await using server = await open();
    for (const origin of [APP, ANYWHERE, 'null']) {
      const { statusCode, headers } = await server.app.inject(preflight(url, origin, method));
      expect([statusCode, headers['access-control-allow-origin']]).toEqual([204, '*']);
    }
  });

  it('of an address that is not ours, or under a name that is not, is not answered', async () => {
    await using server = await open();
    const unknown = await server.app.inject(preflight('/nowhere', APP));
    expect([unknown.statusCode, corsOf(unknown.headers)]).toEqual([404, []]);
    const foreign = preflight('/token', APP);
    const named = await server.app.inject({
      ...foreign,
      headers: { ...foreign.headers, host: 'evil.example' },
    });
    expect([named.statusCode, corsOf(named.headers)]).toEqual([403, []]);
  });

  it('is more than an OPTIONS with an Origin', async () => {
    await using server = await open();
    const { statusCode, headers } = await server.app.inject({
      method: 'OPTIONS',
      url: '/mcp',
      headers: { ...HOST, origin: APP },
    });
    expect([statusCode, headers['allow']]).toEqual([405, 'GET, POST, DELETE']);
  });
});

describe('a web page of an allowed site', () => {
  it.each([
    ['an answer over REST', { url: `/who?channel_id=${CHANNEL}`, headers: AUTH }, 200],
    ['an answer over MCP', modernRequest('tools/list'), 200],
    ['an event stream', legacyCall('list_channels', '{}'), 200],
    ['what it did wrong', { method: 'POST', url: '/post_message', headers: AUTH, payload: {} }, 400],
    ['that it needs a token', { method: 'POST', url: '/mcp' }, 401],
  ] as const)('reads %s', async (_what, request, status) => {
    await using server = await open();
    const given = 'headers' in request ? request.headers : {};
    const answer = await server.app.inject({ ...request, headers: { ...given, ...HOST, origin: APP } });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': APP, vary: 'Origin' });
    const exposed = String(answer.headers['access-control-expose-headers']).toLowerCase().split(', ');
    expect(exposed).toEqual(
      expect.arrayContaining([
        ...['www-authenticate', 'retry-after', 'mcp-session-id', 'x-request-id'],
        ...['ratelimit', 'ratelimit-policy', 'x-ratelimit-remaining'],
      ]),
    );
  });

  it('is any page where the operator allows any', async () => {
    await using server = await open(['*']);
    const headers = { ...AUTH, ...HOST, origin: ANYWHERE };
    const answer = await server.app.inject({ url: `/who?channel_id=${CHANNEL}`, headers });
    expect(answer.headers['access-control-allow-origin']).toBe(ANYWHERE);
  });
});

it('a web page of any site registers a client and is told what is wrong with a token request', async () => {
  await using server = await open();
  const post = (url: string, payload: object) =>
    server.app.inject({ method: 'POST', url, payload, headers: { ...HOST, origin: ANYWHERE } });
  const registered = await post('/register', { redirect_uris: ['https://anywhere.example/callback'] });
  const refused = await post('/token', { grant_type: 'authorization_code' });
  expect([registered.statusCode, refused.statusCode]).toEqual([201, 401]);
  for (const { headers } of [registered, refused]) expect(headers['access-control-allow-origin']).toBe('*');
});

it('who is no web page is told nothing of it', async () => {
  await using server = await open();
  const { headers } = await server.app.inject({ url: `/who?channel_id=${CHANNEL}`, headers: AUTH });
  expect(corsOf(headers)).toEqual([]);
});

describe('pages for people', () => {
  it('are read by no other site, not even where any is allowed', async () => {
    const settings = readConfig({ AUTH_MODE: 'accounts', PUBLIC_URL });
    const key = Buffer.alloc(32, 7);
    const people = joinPeople({
      config: settings,
      records: new MemoryRecords(),
      clock: new ManualClock(),
      key,
    });
    await using server = await startApp({
      config: { publicUrl: PUBLIC_URL, allowedHosts: [], allowedOrigins: ['*'] },
      identityRoutes: identityRoutes({ ...people, publicUrl: PUBLIC_URL, key }),
    });
    const pages = [];
    for (const path of ['/signin', '/signup', '/signout', '/account', '/oauth/authorize']) {
      for (const method of ['GET', 'POST'] as const) {
        if (!server.app.hasRoute({ method, url: path })) continue;
        pages.push(`${method} ${path}`);
        const answer = await server.app.inject({ method, url: path, headers: { ...HOST, origin: ANYWHERE } });
        expect([method, path, corsOf(answer.headers)]).toEqual([method, path, []]);
        const asked = await server.app.inject(preflight(path, ANYWHERE, method));
        expect([asked.statusCode, corsOf(asked.headers)]).toEqual([405, []]);
      }
    }
    expect(pages).toEqual(
      expect.arrayContaining([
        'GET /signin',
        'POST /signin',
        'GET /oauth/authorize',
        'POST /oauth/authorize',
        'GET /account',
      ]),
    );
  });
});
