import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { joinPeople } from '../../control-plane/src/assembly/people.ts';
import { readConfig } from '../../control-plane/src/config/config.ts';
import { identityRoutes } from '../../control-plane/src/http/oauth/identity-routes.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { ManualClock } from '../support/manual-time.ts';
import { AUTH, CHANNEL, failing, fakeHandlers, listen, startApp } from './support.ts';
import { legacyCall, modernRequest } from './wire.ts';

const PUBLIC_URL = 'https://play.example';
const JSON_TYPE = { 'content-type': 'application/json' };

/** The server in accounts mode, over services of which one is out of order. */
async function open(publicUrl = PUBLIC_URL) {
  const key = Buffer.alloc(32, 7);
  const settings = readConfig({ AUTH_MODE: 'accounts', PUBLIC_URL: publicUrl });
  const people = joinPeople({
    config: settings,
    records: new MemoryRecords(),
    clock: new ManualClock(),
    key,
  });
  const { handlers } = fakeHandlers({
    list_channels: async () => {
      throw new Error('out of order');
    },
    get_channel_info: failing('STORE_UNAVAILABLE'),
  });
  return startApp({
    handlers,
    config: { publicUrl, allowedHosts: [], allowedOrigins: ['app.test'] },
    identityRoutes: identityRoutes({ ...people, publicUrl, key }),
  });
}

const REQUESTS = {
  'an answer over REST': [200, { url: `/get_bot_code?channel_id=${CHANNEL}&bot_id=b`, headers: AUTH }],
  'an answer over MCP': [200, modernRequest('tools/list')],
  'an event stream': [200, legacyCall('get_bot_code', `{"channel_id":"${CHANNEL}","bot_id":"b"}`)],
  'a page for people': [200, { url: '/signin' }],
  'a consent page that cannot be shown': [400, { url: '/oauth/authorize' }],
  'a redirect': [302, { url: '/' }],
  'the documents': [200, { url: '/docs' }],
  'the interface in words': [200, { url: '/openapi.json' }],
  'the metadata of OAuth': [200, { url: '/.well-known/oauth-authorization-server' }],
  'a probe': [200, { url: '/ready' }],
  'a preflight': [
    204,
    {
      method: 'OPTIONS',
      url: '/mcp',
      headers: { origin: 'https://app.test', 'access-control-request-method': 'POST' },
    },
  ],
  'an address that cannot be read': [400, { url: '/%zz' }],
  'JSON that cannot be read': [
    400,
    { method: 'POST', url: '/post_message', headers: { ...AUTH, ...JSON_TYPE }, payload: '{' },
  ],
  'no token': [401, { method: 'POST', url: '/mcp' }],
  'another site': [403, { url: '/docs', headers: { host: 'evil.example' } }],
  'an unknown address': [404, { url: '/nowhere' }],
  'a method that is not taken': [405, { method: 'PUT', url: '/mcp' }],
  'a body that is too large': [
    413,
    { method: 'POST', url: '/mcp', headers: { ...AUTH, ...JSON_TYPE }, payload: 'x'.repeat(300_000) },
  ],
  'a failure': [500, { url: '/list_channels', headers: AUTH }],
  'a store that is away': [503, { url: `/who?channel_id=${CHANNEL}`, headers: AUTH }],
} as const;

const rows = Object.entries(REQUESTS).map(([what, [status, request]]) => ({ what, status, request }));

describe('every answer', () => {
  it.each(rows)('is not framed, sniffed nor kept, and has an id: $what', async ({ status, request }) => {
    await using server = await open();
    const { statusCode, headers } = await server.app.inject(request);
    expect(statusCode).toBe(status);
    expect(headers['x-request-id']).toMatch(/^req_[\da-f-]{36}$/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      // The SDK marks its event streams itself; what answers a POST is not kept anyhow (RFC 9110 section 9.3.3).
      'cache-control': expect.stringMatching(/^no-store|^no-cache, no-transform$/),
      'referrer-policy': expect.stringMatching(/^(no-referrer|same-origin)$/),
      'strict-transport-security': 'max-age=31536000',
    });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe-eval');
  });

  it('also to what is no request', async () => {
    await using server = await open();
    const { port } = new URL(await listen(server.app));
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('hello\r\n\r\n');
    const [head = ''] = (await text(socket)).toLowerCase().split('\r\n\r\n');
    for (const line of ['x-content-type-options: nosniff', 'cache-control: no-store', 'strict-transport-'])
      expect(head).toContain(line);
  });

  it('says nothing of https where people come without it', async () => {
    await using server = await open('http://127.0.0.1:8100');
    expect((await server.app.inject('/docs')).headers['strict-transport-security']).toBeUndefined();
  });
});

describe('the id of a request', () => {
  it('stands in the answer to a failure, in its header, and in the log', async () => {
    await using server = await open();
    const { headers, body } = await server.app.inject({ url: '/list_channels', headers: AUTH });
    const id = headers['x-request-id'];
    expect(JSON.parse(body).error).toMatchObject({ code: 'INTERNAL', request_id: id });
    const [line = '{}'] = server.logged;
    expect(JSON.parse(line)).toMatchObject({ reqId: id, request_id: id, msg: 'call failed' });
  });
});
