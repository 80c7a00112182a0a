import { describe, expect, it } from 'vitest';
import { PUBLIC_URL, TestServer } from './support/server.ts';

describe('protected resource metadata (RFC 9728)', () => {
  it.each([
    ['/.well-known/oauth-protected-resource', 'https://play.example'],
    ['/.well-known/oauth-protected-resource/mcp', 'https://play.example/mcp'],
  ])('at %s names exactly %s', async (url, resource) => {
    await using server = new TestServer();
    expect((await server.get(url)).json()).toEqual({
      resource,
      authorization_servers: ['https://play.example'],
      scopes_supported: ['mcp'],
      bearer_methods_supported: ['header'],
      resource_name: 'MCP Multiplayer',
    });
  });
});

describe('authorization server metadata (RFC 8414)', () => {
  it.each([
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server/mcp',
    '/.well-known/openid-configuration',
    '/.well-known/openid-configuration/mcp',
    '/mcp/.well-known/openid-configuration',
  ])('is at %s', async (url) => {
    await using server = new TestServer();
    // A literal copy: whatever changes here changes what clients may do.
    expect((await server.get(url)).json()).toEqual({
      issuer: 'https://play.example',
      authorization_endpoint: 'https://play.example/oauth/authorize',
      token_endpoint: 'https://play.example/token',
      registration_endpoint: 'https://play.example/register',
      revocation_endpoint: 'https://play.example/revoke',
      scopes_supported: ['mcp', 'offline_access'],
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
      revocation_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    });
  });

  it('names only endpoints that exist', async () => {
    await using server = new TestServer();
    const metadata: Record<string, unknown> = (
      await server.get('/.well-known/oauth-authorization-server')
    ).json();
    const routes = Object.entries(metadata)
      .filter(([name]) => name.endsWith('_endpoint'))
      .map(([name, url]) => ({
        method: name === 'authorization_endpoint' ? 'GET' : 'POST',
        url: new URL(String(url)).pathname,
      }));
    expect(routes).toHaveLength(4);
    expect(routes.filter((route) => !server.app.hasRoute(route))).toEqual([]);
  });
});

describe('the origin that metadata speaks of', () => {
  it.each([
    ['http://127.0.0.1:8100', 'localhost:8100', 'http://localhost:8100'],
    ['http://127.0.0.1:8100', '127.0.0.1:9000', 'http://127.0.0.1:9000'],
    ['http://127.0.0.1:8100', '[::1]:8100', 'http://[::1]:8100'],
    ['http://127.0.0.1:8100', 'evil.example', 'http://127.0.0.1:8100'],
    ['http://127.0.0.1:8100', 'localhost.evil.example:8100', 'http://127.0.0.1:8100'],
    ['http://127.0.0.1:8100', 'localhost:8100@evil.example', 'http://127.0.0.1:8100'],
    [PUBLIC_URL, 'localhost:8100', PUBLIC_URL],
    [PUBLIC_URL, 'evil.example', PUBLIC_URL],
  ])('of a server at %s asked as %s is %s', async (publicUrl, host, base) => {
    await using server = new TestServer({ publicUrl });
    expect((await server.get('/.well-known/oauth-authorization-server', { host })).json().issuer).toBe(base);
    expect((await server.get('/.well-known/oauth-protected-resource/mcp', { host })).json().resource).toBe(
      `${base}/mcp`,
    );
  });
});

describe('a refused call', () => {
  it.each([
    ['/mcp', `${PUBLIC_URL}/mcp`],
    ['/', PUBLIC_URL],
  ])('to %s leads to the document of that address', async (path, resource) => {
    await using server = new TestServer();
    const refused = await server.app.inject({ method: 'POST', url: path });
    expect(refused.statusCode).toBe(401);
    const found = /resource_metadata="([^"]+)"/.exec(String(refused.headers['www-authenticate']))?.[1] ?? '';
    expect((await server.get(new URL(found).pathname)).json().resource).toBe(resource);
  });
});
