import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect, it } from 'vitest';
import { TOOLS } from '../../control-plane/src/http/mcp/tools.ts';
import type { AppParts } from '../../control-plane/src/http/app.ts';
import { AUTH, CHANNEL, failing, fakeHandlers, listen, startApp } from './support.ts';
import { lastData, legacyRequest } from './wire.ts';

/** An independent client of the older era, connected to a server of its own. */
async function connect(parts: Partial<AppParts> = {}, path = '/mcp') {
  const server = await startApp(parts);
  const url = new URL(path, await listen(server.app));
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers: AUTH } }) as never);
  const dispose = async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  };
  return { client, url, [Symbol.asyncDispose]: dispose };
}

describe.each(['/mcp', '/'])('MCP of the older era at %s', (path) => {
  it('introduces itself and lists the fourteen tools in their fixed order', async () => {
    await using server = await connect({}, path);
    expect(server.client.getServerVersion()).toMatchObject({ name: 'mcp-multiplayer', version: '1.2.3' });
    expect(server.client.getInstructions()).toContain('doc://quick-start');
    const { tools } = await server.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([...TOOLS.keys()]);
    for (const { annotations, outputSchema, title } of tools) {
      expect(title).toBeTruthy();
      expect(outputSchema).toMatchObject({ type: 'object' });
      expect(Object.keys(annotations ?? {}).sort()).toEqual([
        'destructiveHint',
        'idempotentHint',
        'openWorldHint',
        'readOnlyHint',
        'title',
      ]);
    }
  });

  it('answers a call with structured content and the same as text', async () => {
    const health = { status: 'ok', version: '1', time: 't', next: 'n' };
    const { handlers } = fakeHandlers({ health_check: async () => health });
    await using server = await connect({ handlers }, path);
    const result = await server.client.callTool({ name: 'health_check', arguments: {} });
    expect(result.isError).toBeUndefined();
    expect(result.structuredContent).toEqual(health);
    expect(JSON.parse((result.content as { text: string }[])[0]?.text ?? '')).toEqual(health);
  });

  it('tells a failed call as a tool error that clients accept beside the output schema', async () => {
    const { handlers } = fakeHandlers({ get_channel_info: failing('CHANNEL_NOT_FOUND') });
    await using server = await connect({ handlers }, path);
    await server.client.listTools();
    const call = { name: 'get_channel_info', arguments: { channel_id: CHANNEL } };
    const result = await server.client.callTool(call);
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toMatchObject({ error: { code: 'CHANNEL_NOT_FOUND' } });
    expect(JSON.parse((result.content as { text: string }[])[0]?.text ?? '')).toEqual(
      result.structuredContent,
    );
  });
});

describe('MCP of the older era', () => {
  it('refuses an unknown tool as the protocol says', async () => {
    await using server = await connect();
    await expect(server.client.callTool({ name: 'no_such_tool', arguments: {} })).rejects.toMatchObject({
      code: -32_602,
    });
  });

  it('serves the two documents, and an empty list of prompts', async () => {
    await using server = await connect();
    const { resources } = await server.client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(['doc://quick-start', 'doc://messages', 'doc://agents']);
    for (const { uri } of resources) {
      const { contents } = await server.client.readResource({ uri });
      expect(contents).toMatchObject([
        { uri, mimeType: 'text/markdown', text: expect.stringContaining('# ') },
      ]);
    }
    await expect(server.client.readResource({ uri: 'doc://nothing' })).rejects.toThrow();
    expect((await server.client.listPrompts()).prompts).toEqual([]);
    expect((await server.client.listResourceTemplates()).resourceTemplates).toEqual([]);
  });

  it('tells the progress of a parked call to who asks for it', async () => {
    const { handlers } = fakeHandlers({
      sync_messages: async (_input, { progress }) => {
        progress?.(10_000, 25_000);
        return { messages: [], cursor: 0, head: 0, has_more: false, view: VIEW };
      },
    });
    await using server = await connect({ handlers });
    const told: unknown[] = [];
    const call = { name: 'sync_messages', arguments: { channel_id: CHANNEL } };
    await server.client.callTool(call, undefined, { onprogress: (progress) => told.push(progress) });
    expect(told).toEqual([{ progress: 10_000, total: 25_000 }]);
  });

  it('takes a session id that a client made up for nothing', async () => {
    await using server = await connect();
    const headers = {
      ...AUTH,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-session-id': 'made-up',
    };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const answer = await fetch(server.url, { method: 'POST', headers, body });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('mcp-session-id')).toBeNull();
  });

  it.each(['text/event-stream', 'application/json, text/event-stream', '*/*'])(
    'sends data: lines to a script that accepts %s',
    async (accept) => {
      await using server = await connect({}, '/');
      const headers = { ...AUTH, 'content-type': 'application/json', accept };
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
      const answer = await fetch(server.url, { method: 'POST', headers, body });
      expect(answer.headers.get('content-type')).toContain('text/event-stream');
      const line = (await answer.text()).split('\n').find((text) => text.startsWith('data: {'));
      expect(JSON.parse(line?.slice(6) ?? '').result.tools).toHaveLength(TOOLS.size);
    },
  );
});

describe('wrong params', () => {
  it.each([
    ['resources/read', {}],
    ['tools/list', { cursor: {} }],
    [
      'initialize',
      { protocolVersion: '2025-06-18', capabilities: true, clientInfo: { name: 'a', version: '1' } },
    ],
  ])('of %s are the mistake of the one who sent them', async (method, params) => {
    await using server = await startApp();
    const answer = await server.app.inject(legacyRequest(method, params));
    expect(lastData(answer.body).error).toEqual({
      code: -32_602,
      message: `The params of ${method} are not valid.`,
    });
  });
});

const VIEW = {
  channel_id: CHANNEL,
  name: 'n',
  slots: [],
  created_at: 't',
  visibility: 'private',
  bots_policy: 'frozen',
  bots_frozen: false,
  strict_seats: false,
  closed: false,
};
