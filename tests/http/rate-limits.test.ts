import { describe, expect, it } from 'vitest';
import { NO_LIMITS } from '../support/unlimited.ts';
import { ALL_OPERATIONS, pathsOf } from '../../control-plane/src/http/operations.ts';
import { networkOf } from '../../control-plane/src/http/network-of.ts';
import { oauthRoutes } from '../../control-plane/src/http/oauth/routes.ts';
import { Identity } from '../../control-plane/src/identity/identity.ts';
import { Budgets, type Rates } from '../../control-plane/src/limits/budgets.ts';
import { ManualClock } from '../support/manual-time.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { AUTH, CHANNEL, fakeHandlers, startApp } from './support.ts';
import { lastData, legacyCall, modernRequest } from './wire.ts';

const PUBLIC_URL = 'https://play.example';

/** The server over fake services with these limits, and a clock that a test moves. */
async function open(rates: Partial<Rates>) {
  const clock = new ManualClock();
  const { handlers, reached } = fakeHandlers();
  const budgets = new Budgets({ ...NO_LIMITS, ...rates }, () => clock.now());
  const identity = new Identity({ records: new MemoryRecords(), clock, publicUrl: PUBLIC_URL });
  const server = await startApp({
    handlers,
    budgets,
    identityRoutes: oauthRoutes(identity, { publicUrl: PUBLIC_URL }),
  });
  return { ...server, clock, reached, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const POST = {
  method: 'POST',
  url: '/post_message',
  headers: AUTH,
  payload: { channel_id: CHANNEL, body: 'hi' },
} as const;
const READ = { url: `/get_channel_info?channel_id=${CHANNEL}`, headers: AUTH } as const;

describe('over REST', () => {
  it('an account that writes too often is told when to come back, and is then let in', async () => {
    await using server = await open({ writes: 2 });
    const answers = [
      await server.app.inject(POST),
      await server.app.inject(POST),
      await server.app.inject(POST),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429]);
    expect(answers[0]?.headers).toMatchObject({
      'ratelimit-policy': '"writes";q=2;w=60',
      ratelimit: '"writes";r=1;t=30',
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
      'x-ratelimit-reset': '30',
    });
    expect(answers[2]?.headers).toMatchObject({ 'retry-after': '30', ratelimit: '"writes";r=0;t=30' });
    expect(answers[2]?.json()).toEqual({
      error: {
        code: 'RATE_LIMITED',
        message: 'Too many calls.',
        next: 'Wait `retry_after_s` seconds, then call again.',
        retry_after_s: 30,
      },
    });
    server.clock.forward(30_000);
    expect((await server.app.inject(POST)).statusCode).toBe(200);
    expect(server.reached).toHaveLength(3);
  });

  it('reads, writes and creations are counted apart', async () => {
    await using server = await open({ reads: 1, writes: 1, creations: 1 });
    const create = { ...POST, url: '/create_channel', payload: { name: 'A', slots: ['invite:A'] } };
    for (const request of [POST, READ, create]) {
      expect((await server.app.inject(request)).statusCode).toBe(200);
      expect((await server.app.inject(request)).statusCode).toBe(429);
    }
  });

  it('refuses before it reads the body', async () => {
    await using server = await open({ writes: 1 });
    await server.app.inject(POST);
    const wrong = { ...POST, payload: '{', headers: { ...AUTH, 'content-type': 'application/json' } };
    expect((await server.app.inject(wrong)).statusCode).toBe(429);
  });

  it('says nothing of limits where there are none', async () => {
    await using server = await open({});
    const { headers } = await server.app.inject(POST);
    expect(Object.keys(headers).filter((name) => name.includes('ratelimit'))).toEqual([]);
  });

  it('probes are never refused', async () => {
    await using server = await open({ strangers: 1, reads: 1 });
    for (const url of ['/health', '/ready', '/health', '/ready', '/health_check', '/health_check']) {
      expect((await server.app.inject({ url, headers: AUTH })).statusCode).toBe(200);
    }
  });
});

describe('over MCP', () => {
  it.each([
    ['2026-07-28', modernRequest('tools/call', { name: 'post_message', arguments: POST.payload })],
    ['2025-06-18', legacyCall('post_message', JSON.stringify(POST.payload))],
  ])('a tool that is called too often answers an error of the tool (%s)', async (_era, call) => {
    await using server = await open({ writes: 1 });
    expect((await server.app.inject(call)).headers).toMatchObject({ ratelimit: '"writes";r=0;t=60' });
    const { statusCode, body } = await server.app.inject(call);
    expect(statusCode).toBe(200);
    const { result } = body.startsWith('{') ? JSON.parse(body) : lastData(body);
    expect(result).toMatchObject({
      isError: true,
      structuredContent: { error: { code: 'RATE_LIMITED', retry_after_s: 60 } },
    });
    expect(server.reached).toHaveLength(1);
  });

  it('counts with the same budgets as REST', async () => {
    await using server = await open({ writes: 1 });
    await server.app.inject(modernRequest('tools/call', { name: 'post_message', arguments: POST.payload }));
    expect((await server.app.inject(POST)).statusCode).toBe(429);
  });

  it('a message that calls no tool is answered as JSON-RPC, under its id', async () => {
    await using server = await open({ reads: 1 });
    await server.app.inject(modernRequest('tools/list'));
    const answer = await server.app.inject(modernRequest('tools/list'));
    expect(answer.statusCode).toBe(429);
    expect(answer.headers['retry-after']).toBe('60');
    expect(answer.json()).toMatchObject({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32_000, data: { error: { code: 'RATE_LIMITED', retry_after_s: 60 } } },
    });
  });

  it.each(['{', '[]', '{"a":1,"a":2}'])('a body that is no message counts too: %s', async (payload) => {
    await using server = await open({ reads: 1 });
    const request = { ...modernRequest('tools/list'), payload };
    expect((await server.app.inject(request)).statusCode).toBe(400);
    expect((await server.app.inject(request)).statusCode).toBe(429);
  });
});

describe('who shows no good token', () => {
  const wrong = { ...READ, headers: { authorization: 'Bearer unknown' } };

  it('is counted by address, over all edges', async () => {
    await using server = await open({ strangers: 3 });
    const asks = [wrong, { url: '/openapi.json' }, { ...wrong, url: '/mcp', method: 'POST' } as const];
    for (const ask of asks) expect((await server.app.inject(ask)).statusCode).not.toBe(429);
    const revoke = { method: 'POST', url: '/revoke', payload: {} } as const;
    for (const ask of [...asks, revoke, { url: '/nowhere' }]) {
      const { statusCode, headers } = await server.app.inject(ask);
      expect([statusCode, headers['retry-after']]).toEqual([429, '20']);
    }
    const elsewhere = await server.app.inject({ ...wrong, remoteAddress: '203.0.113.9' });
    expect(elsewhere.statusCode).toBe(401);
  });

  it('does not keep those out who come from the same address with a good one', async () => {
    await using server = await open({ strangers: 1 });
    for (let i = 0; i < 3; i++) await server.app.inject(wrong);
    expect((await server.app.inject(READ)).statusCode).toBe(200);
  });
});

describe('the OAuth endpoints', () => {
  const register = {
    method: 'POST',
    url: '/register',
    payload: { redirect_uris: ['https://client.example/callback'] },
  } as const;

  it('registrations have a budget of their own', async () => {
    await using server = await open({ registrations: 1, strangers: 1 });
    expect((await server.app.inject(register)).statusCode).toBe(201);
    const answer = await server.app.inject(register);
    expect(answer.statusCode).toBe(429);
    expect(answer.headers).toMatchObject({ 'retry-after': '60', ratelimit: '"registrations";r=0;t=60' });
    expect(answer.json()).toEqual({
      error: 'temporarily_unavailable',
      error_description: 'Too many requests. Wait as long as Retry-After says.',
    });
    expect((await server.app.inject({ url: '/openapi.json' })).statusCode).toBe(200);
  });

  it.each(['/token', '/oauth/token', '/revoke', '/oauth/revoke'])('%s answers as OAuth does', async (url) => {
    await using server = await open({ strangers: 1 });
    const request = { method: 'POST', url, payload: { grant_type: 'none' } } as const;
    expect((await server.app.inject(request)).statusCode).not.toBe(429);
    const answer = await server.app.inject(request);
    expect(answer.statusCode).toBe(429);
    expect(answer.json()).toMatchObject({ error: 'temporarily_unavailable' });
  });

  it('where a person looks, a page says so', async () => {
    await using server = await open({ strangers: 1 });
    await server.app.inject('/oauth/authorize');
    const answer = await server.app.inject('/oauth/authorize');
    expect(answer.statusCode).toBe(429);
    expect(answer.headers).toMatchObject({ 'retry-after': '60', 'content-type': 'text/html; charset=utf-8' });
    expect(answer.body).toContain('Too many requests.');
  });
});

it('every operation that needs a token has a budget', async () => {
  for (const operation of ALL_OPERATIONS) {
    const { name, method, hints } = operation;
    if (name === 'health_check') continue;
    await using server = await open({ reads: 1, writes: 1, creations: 1 });
    const { headers } = await server.app.inject({ method, url: pathsOf(operation)[0], headers: AUTH });
    const budget = hints.readOnlyHint
      ? 'reads'
      : /create_channel|attach_bot/.test(name)
        ? 'creations'
        : 'writes';
    expect([name, headers['ratelimit-policy']]).toEqual([name, `"${budget}";q=1;w=60`]);
  }
});

describe('the network of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('is short whatever a proxy says', () => {
    expect(networkOf('1'.repeat(10_000)).length).toBeLessThan(64);
  });
});
