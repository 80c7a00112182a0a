import tls from 'node:tls';
import { auth } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrustedProxies } from '../../../control-plane/src/http/proxies/trusted.ts';
import { oauthRoutes } from '../../../control-plane/src/http/oauth/routes.ts';
import { Identity } from '../../../control-plane/src/identity/identity.ts';
import { systemClock } from '../../../control-plane/src/kernel/clock.ts';
import { MemoryRecords } from '../../support/memory-records.ts';
import { type Made, type Workshop, workshop } from '../../tls/support/certificates.ts';
import { Application } from '../../identity/support/application.ts';
import { fakeHandlers, listen, startApp } from '../support.ts';
import { startTlsProxy } from './tls-proxy.ts';

let shop: Workshop;
let shown: Made;
beforeAll(async () => {
  shop = await workshop();
  shown = await shop.make('proxy');
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), shown.cert]);
});
afterAll(() => shop[Symbol.asyncDispose]());

/** A server that speaks plain HTTP on loopback, behind a proxy under which the world knows it. */
async function startBehind(name: 'localhost' | 'play.example') {
  await using stack = new AsyncDisposableStack();
  let target = 0;
  // Where the name leads elsewhere, clients go to the proxy as to an address, which calls the server by its name.
  const host = name === 'localhost' ? undefined : name;
  const proxy = stack.use(await startTlsProxy(shown, () => target, host));
  const at = `https://localhost:${proxy.port}`;
  const publicUrl = name === 'localhost' ? at : `https://${name}`;
  const identity = new Identity({
    records: new MemoryRecords(),
    clock: systemClock,
    publicUrl,
    maxUnusedClients: 10,
    documents: undefined,
  });
  const { handlers, reached } = fakeHandlers();
  const { app } = stack.use(
    await startApp({
      handlers,
      authenticate: (bearer) => identity.authenticate(bearer),
      trustsProxy: new TrustedProxies(['loopback']).trusts,
      config: { publicUrl, allowedHosts: [], allowedOrigins: [] },
      identityRoutes: async (scope) => {
        scope.get('/who-am-i', ({ ip }) => ({ ip }));
        await scope.register(oauthRoutes(identity, { publicUrl }));
      },
    }),
  );
  target = Number(new URL(await listen(app)).port);
  const fetchFn = (url: string | URL | Request, init?: RequestInit) =>
    fetch((url instanceof Request ? url.url : url.toString()).replace(publicUrl, at), init);
  const held = stack.move();
  return { at, publicUrl, reached, fetchFn, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

describe.each(['localhost', 'play.example'] as const)('a server behind a proxy, as https://%s', (name) => {
  it('is discovered, authorized and called by the client of the MCP SDK', async () => {
    await using server = await startBehind(name);
    const { publicUrl, fetchFn } = server;
    const application = new Application('none', fetchFn);
    const serverUrl = `${publicUrl}/mcp`;
    expect(await auth(application, { serverUrl, fetchFn })).toBe('REDIRECT');
    const redirected = new URL(application.location).searchParams;
    expect(redirected.get('iss')).toBe(publicUrl);
    const authorizationCode = redirected.get('code') ?? '';
    expect(await auth(application, { serverUrl, authorizationCode, fetchFn })).toBe('AUTHORIZED');

    const client = new Client({ name: 'behind', version: '1' });
    const headers = { authorization: `Bearer ${application.saved?.access_token ?? ''}` };
    const transport = new StreamableHTTPClientTransport(new URL(serverUrl), {
      requestInit: { headers },
      fetch: fetchFn as never,
    });
    await client.connect(transport as never);
    const { structuredContent } = await client.callTool({ name: 'list_channels', arguments: {} });
    expect(structuredContent).toEqual({ reached: 'list_channels' });
    expect(server.reached.map(({ name: operation }) => operation)).toEqual(['list_channels']);
    await client.close();
  });

  it('names the address that clients use wherever it names one, and never its own', async () => {
    await using server = await startBehind(name);
    const paths = [
      '/.well-known/oauth-protected-resource/mcp',
      '/.well-known/oauth-authorization-server',
      '/openapi.json',
    ];
    for (const path of paths) {
      const text = await (await fetch(server.at + path)).text();
      expect(text).toContain(server.publicUrl);
      expect(text).not.toMatch(/http:\/\/(127\.0\.0\.1|localhost)/);
    }
    const refused = await fetch(`${server.at}/mcp`, { method: 'POST' });
    expect(refused.headers.get('www-authenticate')).toContain(`"${server.publicUrl}/.well-known/`);
  });

  it('knows whom the proxy speaks for, whatever the client says itself', async () => {
    await using server = await startBehind(name);
    const headers = { 'x-forwarded-for': '203.0.113.9, not an address' };
    const answer = await fetch(`${server.at}/who-am-i`, { headers });
    expect(await answer.json()).toEqual({ ip: '127.0.0.1' });
  });
});
