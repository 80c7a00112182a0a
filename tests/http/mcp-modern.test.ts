import { describe, expect, it } from 'vitest';
import { TOOLS } from '../../control-plane/src/http/mcp/tools.ts';
import { CHANNEL, failing, fakeHandlers, startApp } from './support.ts';
import { modernRequest } from './wire.ts';

const text = '{"__proto__":1,"a":{"__proto__":2},"a.b":[[1]],"z":"\\u0000"}';

describe('MCP 2026-07-28', () => {
  it('answers server/discover without a session', async () => {
    await using server = await startApp();
    const answer = await server.app.inject(modernRequest('server/discover'));
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['mcp-session-id']).toBeUndefined();
    expect(answer.json().result).toMatchObject({ supportedVersions: ['2026-07-28'] });
  });

  it('lists the tools in their fixed order, to be cached', async () => {
    await using server = await startApp();
    const { result } = (await server.app.inject(modernRequest('tools/list'))).json();
    expect(result.tools.map(({ name }: { name: string }) => name)).toEqual([...TOOLS.keys()]);
    expect(result).toMatchObject({ resultType: 'complete', ttlMs: 3_600_000, cacheScope: 'public' });
  });

  it('answers a call as one JSON body, values as they came', async () => {
    const { handlers } = fakeHandlers({ post_message: async (input) => ({ echo: input }) });
    await using server = await startApp({ handlers });
    const payload = modernRequest('tools/call', { name: 'post_message', arguments: { channel_id: CHANNEL } });
    payload.payload = payload.payload.replace('"arguments":{', `"arguments":{"body":${text},`);
    const answer = await server.app.inject(payload);
    expect(answer.headers['content-type']).toContain('application/json');
    expect(JSON.stringify(answer.json().result.structuredContent.echo.body)).toBe(text);
    expect(answer.json().result.content[0].text).toContain(text);
  });

  it('streams the progress of a parked call to who gives a token', async () => {
    const { handlers } = fakeHandlers({
      sync_messages: async (_input, { progress }) => {
        progress?.(10_000, 25_000);
        return { messages: [] };
      },
    });
    await using server = await startApp({ handlers });
    const call = { name: 'sync_messages', arguments: { channel_id: CHANNEL } };
    const answer = await server.app.inject(modernRequest('tools/call', call, { progressToken: 'p' }));
    expect(answer.headers['content-type']).toContain('text/event-stream');
    expect(answer.body).toContain('"method":"notifications/progress"');
    expect(answer.body).toContain('"structuredContent":{"messages":[]}');
  });

  it('tells a failed call as a tool error', async () => {
    const { handlers } = fakeHandlers({ list_channels: failing('STORE_UNAVAILABLE') });
    await using server = await startApp({ handlers });
    const answer = await server.app.inject(
      modernRequest('tools/call', { name: 'list_channels', arguments: {} }),
    );
    expect(answer.json().result).toMatchObject({
      isError: true,
      structuredContent: { error: { code: 'STORE_UNAVAILABLE' } },
    });
  });

  it('hides an unforeseen failure behind its request id', async () => {
    const { handlers } = fakeHandlers({
      list_channels: async () => {
        throw new Error('secret detail');
      },
    });
    await using server = await startApp({ handlers });
    const answer = await server.app.inject(
      modernRequest('tools/call', { name: 'list_channels', arguments: {} }),
    );
    const { error } = answer.json().result.structuredContent;
    expect(error).toMatchObject({ code: 'INTERNAL', request_id: answer.headers['x-request-id'] });
    expect(answer.body).not.toContain('secret detail');
    expect(server.logged.join('')).toContain('secret detail');
  });

  it.each([
    ['tools/call', { name: 'no_such_tool', arguments: {} }],
    ['resources/read', { uri: 'doc://nothing' }],
  ])('refuses an unknown name of %s as -32602', async (method, params) => {
    await using server = await startApp();
    const answer = await server.app.inject(modernRequest(method, params));
    expect(answer.json().error).toMatchObject({ code: -32_602 });
  });

  it('refuses a method that it does not have', async () => {
    await using server = await startApp();
    expect((await server.app.inject(modernRequest('logging/setLevel'))).json().error.code).toBe(-32_601);
  });
});
