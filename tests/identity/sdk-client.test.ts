import { auth } from '@modelcontextprotocol/sdk/client/auth.js';
import { describe, expect, it } from 'vitest';
import { Application } from './support/application.ts';
import { TestServer } from './support/server.ts';

describe('the client of the MCP SDK, which knows nothing of us', () => {
  it.each([
    ['localhost', '/mcp', 'none'],
    ['127.0.0.1', '/mcp', 'client_secret_post'],
    ['127.0.0.1', '', 'client_secret_basic'],
    ['localhost', '/', 'none'],
  ])('connects at http://%s:<port>%s with %s, and refreshes', async (host, path, method) => {
    await using server = new TestServer({ publicUrl: 'http://127.0.0.1:8100' });
    const port = await server.listen();
    const serverUrl = `http://${host}:${port}${path}`;
    const application = new Application(method);

    expect(await auth(application, { serverUrl })).toBe('REDIRECT');
    const redirected = new URL(application.location);
    expect(redirected.searchParams.get('iss')).toBe(`http://${host}:${port}`);
    const authorizationCode = redirected.searchParams.get('code') ?? '';
    expect(await auth(application, { serverUrl, authorizationCode })).toBe('AUTHORIZED');
    const first = application.saved?.access_token ?? '';
    const account = await server.accountOf(first);
    expect(account).toBeDefined();

    expect(await auth(application, { serverUrl })).toBe('AUTHORIZED');
    const second = application.saved?.access_token ?? '';
    expect(second).not.toBe(first);
    expect(await server.accountOf(second)).toBe(account);
  });
});
