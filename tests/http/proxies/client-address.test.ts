import { once } from 'node:events';
import { NO_LIMITS } from '../../support/unlimited.ts';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { TrustedProxies } from '../../../control-plane/src/http/proxies/trusted.ts';
import { Budgets } from '../../../control-plane/src/limits/budgets.ts';
import { startApp } from '../support.ts';

/** A server that says whom it takes a request to be from. */
async function startSaying(trusted: readonly string[]) {
  const proxies = new TrustedProxies(trusted);
  return startApp({
    ...(trusted.length > 0 && { trustsProxy: proxies.trusts }),
    identityRoutes: async (app) => {
      app.get('/who-am-i', { config: { anyHost: true } }, ({ ip }) => ({ ip }));
    },
  });
}

interface Row {
  readonly trusted: readonly string[];
  /** Who connects. */
  readonly peer: string;
  readonly header?: string;
  readonly ip: string;
}

const PROXY = '10.0.0.1';
const CLIENT = '198.51.100.7';

describe('the address of a client', () => {
  it.each<readonly [string, Row]>([
    ['is that of who connects, where no proxy is trusted', { trusted: [], peer: CLIENT, ip: CLIENT }],
    [
      'cannot be made up where no proxy is trusted',
      { trusted: [], peer: CLIENT, header: '203.0.113.9', ip: CLIENT },
    ],
    [
      'cannot be made up by who is no trusted proxy',
      { trusted: [PROXY], peer: CLIENT, header: '203.0.113.9', ip: CLIENT },
    ],
    ['is what a trusted proxy says', { trusted: [PROXY], peer: PROXY, header: CLIENT, ip: CLIENT }],
    [
      'is the nearest that is not trusted: what a client sent along comes before it',
      { trusted: [PROXY], peer: PROXY, header: `203.0.113.9, ${CLIENT}`, ip: CLIENT },
    ],
    [
      'is found behind a chain of two',
      { trusted: [PROXY, '10.0.0.2'], peer: PROXY, header: `203.0.113.9, ${CLIENT}, 10.0.0.2`, ip: CLIENT },
    ],
    [
      'is that of the outer proxy, where only the inner one is trusted',
      { trusted: [PROXY], peer: PROXY, header: `${CLIENT}, 10.0.0.2`, ip: '10.0.0.2' },
    ],
    [
      'is of version 6 as well, behind a proxy of version 6',
      { trusted: ['fd00::/8'], peer: 'fd00::1', header: '2001:db8::7', ip: '2001:db8::7' },
    ],
    [
      'is found by a proxy whose address of version 4 came in one of version 6',
      { trusted: [PROXY], peer: `::ffff:${PROXY}`, header: CLIENT, ip: CLIENT },
    ],
    ["is the proxy's where it names none", { trusted: [PROXY], peer: PROXY, ip: PROXY }],
    ['is never a word', { trusted: [PROXY], peer: PROXY, header: 'unknown', ip: PROXY }],
    [
      'is never what stands before a word',
      { trusted: [PROXY, '10.0.0.2'], peer: PROXY, header: `${CLIENT}, unknown, 10.0.0.2`, ip: '10.0.0.2' },
    ],
    [
      'is read without the port',
      { trusted: [PROXY], peer: PROXY, header: `[2001:db8::7]:4711`, ip: '2001:db8::7' },
    ],
    [
      'is the last one there is where all are trusted',
      { trusted: ['10.0.0.0/8'], peer: PROXY, header: '10.0.0.3, 10.0.0.2', ip: '10.0.0.3' },
    ],
  ])('%s', async (_, { trusted, peer, header, ip }) => {
    await using server = await startSaying(trusted);
    const answer = await server.app.inject({
      url: '/who-am-i',
      remoteAddress: peer,
      ...(header !== undefined && { headers: { 'x-forwarded-for': header } }),
    });
    expect(answer.json()).toEqual({ ip });
  });

  it('is read from a header that came in several lines as from one', async () => {
    await using server = await startSaying(['loopback']);
    const address = new URL(await server.app.listen({ port: 0, host: '127.0.0.1' }));
    const headers = { 'X-Forwarded-For': ['203.0.113.9', CLIENT] };
    const client = request({ host: '127.0.0.1', port: address.port, path: '/who-am-i', headers });
    client.end();
    const [answer] = await once(client, 'response');
    let text = '';
    for await (const part of answer) text += part;
    expect(JSON.parse(text)).toEqual({ ip: CLIENT });
  });

  it('says nothing about the host: no forwarded one is believed', async () => {
    await using server = await startSaying([PROXY]);
    const answer = await server.app.inject({
      method: 'POST',
      url: '/mcp',
      remoteAddress: PROXY,
      headers: { host: 'play.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' },
    });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('"https://play.example/.well-known/');
  });

  it('is what requests are counted by: one client behind a proxy does not use up what others have', async () => {
    const budgets = new Budgets({ ...NO_LIMITS, strangers: 1 });
    await using server = await startApp({ budgets, trustsProxy: new TrustedProxies([PROXY]).trusts });
    const ask = async (client: string) => {
      const headers = { host: 'play.example', 'x-forwarded-for': client };
      const url = '/openapi.json';
      return (await server.app.inject({ url, remoteAddress: PROXY, headers })).statusCode;
    };
    expect([await ask(CLIENT), await ask(CLIENT)]).toEqual([200, 429]);
    expect(await ask('198.51.100.8')).toBe(200);
    // The same network of version 6 is the same client; what it adds itself makes it no other one.
    expect([await ask('2001:db8::1'), await ask('203.0.113.9, 2001:db8::2')]).toEqual([200, 429]);
  });
});
