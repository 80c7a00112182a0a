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
    const endpoints = Object.entries(metadata).filter(([name]) => name.endsWith('_endpoint'));
    for (const [name, url] of endpoints) {
      const method = name === 'authorization_endpoint' ? 'GET' : 'POST';
      expect(server.app.hasRoute({ method, url: new URL(String(url)).pathname }), name).toBe(true);
    }
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
