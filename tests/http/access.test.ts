import { describe, expect, it } from 'vitest';
import { CHANNEL, fakeHandlers, startApp, TOKEN } from './support.ts';
import { modernRequest } from './wire.ts';

const ROUTES = [
  { method: 'POST', url: '/mcp', metadata: '/.well-known/oauth-protected-resource/mcp' },
  { method: 'GET', url: '/mcp', metadata: '/.well-known/oauth-protected-resource/mcp' },
  { method: 'POST', url: '/', metadata: '/.well-known/oauth-protected-resource' },
  { method: 'POST', url: '/create_channel', metadata: '/.well-known/oauth-protected-resource' },
  { method: 'GET', url: '/who', metadata: '/.well-known/oauth-protected-resource' },
] as const;

describe.each(ROUTES)('$method $url', ({ method, url, metadata }) => {
  const at = `resource_metadata="https://play.example${metadata}"`;

  it('answers 401 without credentials and points to the authorization server', async () => {
    await using server = await startApp();
    const answer = await server.app.inject({ method, url, headers: { host: 'play.example' } });
    expect(answer.statusCode).toBe(401);
    expect(answer.json().error).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(answer.headers['www-authenticate']).toBe(`Bearer ${at}, scope="mcp"`);
  });

  it.each([
    ['an unknown token', 'Bearer unknown'],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['no token', 'Bearer '],
    ['two tokens', `Bearer ${TOKEN} ${TOKEN}`],
    ['a token with a stray character', `Bearer ${TOKEN}"`],
  ])('calls %s invalid', async (_what, authorization) => {
    await using server = await startApp();
    const answer = await server.app.inject({ method, url, headers: { host: 'play.example', authorization } });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(`Bearer ${at}, scope="mcp", error="invalid_token"`);
  });

  it('asks a token of too narrow a scope for the scope', async () => {
    await using server = await startApp();
    const headers = { authorization: 'Bearer narrow-token' };
    const answer = await server.app.inject({ method, url, headers });
    expect(answer.statusCode).toBe(403);
    expect(answer.json().error).toMatchObject({ code: 'FORBIDDEN_SCOPE', scope: 'mcp' });
    expect(answer.headers['www-authenticate']).toContain('error="insufficient_scope"');
  });
});

it('refuses a caller before it reads the body', async () => {
  await using server = await startApp();
  const payload = { method: 'POST', headers: { 'content-type': 'text/plain' }, payload: '{' } as const;
  for (const url of ['/mcp', '/create_channel']) {
    expect((await server.app.inject({ ...payload, url })).statusCode).toBe(401);
  }
});

it('names the loopback address that the client used', async () => {
  const config = { publicUrl: 'http://127.0.0.1:8100', allowedHosts: [], allowedOrigins: [] };
  await using server = await startApp({ config });
  const answer = await server.app.inject({
    method: 'POST',
    url: '/mcp',
    headers: { host: 'localhost:8100' },
  });
  expect(answer.headers['www-authenticate']).toContain('"http://localhost:8100/.well-known/');
});

const config = {
  publicUrl: 'https://play.example',
  allowedHosts: ['inner.test'],
  allowedOrigins: ['app.test'],
};

describe('the guard against DNS rebinding', () => {
  it.each([
    { host: 'localhost:8100' },
    { host: '127.0.0.1:3000' },
    { host: '[::1]:8100' },
    { host: 'PLAY.example' },
    { host: 'inner.test' },
    { host: 'localhost', origin: 'http://localhost:5173' },
    { host: 'localhost', origin: 'https://play.example' },
    { host: 'localhost', origin: 'https://app.test' },
  ])('lets $host with origin $origin through', async (names) => {
    await using server = await startApp({ config });
    const request = modernRequest('tools/list');
    const answer = await server.app.inject({ ...request, headers: { ...request.headers, ...names } });
    expect(answer.statusCode).toBe(200);
  });

  it.each([
    { host: 'evil.example' },
    { host: 'localhost.evil.example' },
    { host: 'localhost@evil.example' },
    { host: 'app.test' },
    { host: 'localhost', origin: 'https://evil.example' },
    { host: 'localhost', origin: 'https://inner.test' },
    { host: 'localhost', origin: 'null' },
  ])('refuses $host with origin $origin on every edge', async (names) => {
    const { handlers, reached } = fakeHandlers();
    await using server = await startApp({ config, handlers });
    const request = modernRequest('tools/call', { name: 'list_channels', arguments: {} });
    for (const url of ['/mcp', '/', `/list_channels`, `/who?channel_id=${CHANNEL}`]) {
      const method = url.startsWith('/mcp') || url === '/' ? 'POST' : 'GET';
      const headers = { ...request.headers, ...names };
      const answer = await server.app.inject({ ...request, method, url, headers });
      expect(answer.statusCode).toBe(403);
      expect(answer.json().error).toMatchObject({ code: 'SITE_FORBIDDEN' });
    }
    expect(reached).toEqual([]);
  });

  it('lets probes ask for health under any name', async () => {
    await using server = await startApp({ config });
    for (const url of ['/health', '/ready']) {
      expect((await server.app.inject({ url, headers: { host: '10.0.0.7:8100' } })).statusCode).toBe(200);
    }
  });
});
