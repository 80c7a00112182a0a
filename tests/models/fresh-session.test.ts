import { describe, expect, it } from 'vitest';
import { lastData, modernRequest } from '../http/wire.ts';
import { type Answer, type Models, startModels } from './support.ts';

type Send = (method: string, params: Answer) => Promise<Answer>;

/** Every revision of the older era, as clients still speak them. */
const REVISIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'] as const;

function legacySend({ app }: Models, account: string, revision: string, session: string): Send {
  return async (method, params) => {
    const id = method.startsWith('notifications/') ? {} : { id: 1 };
    const { statusCode, headers, body } = await app.inject({
      method: 'POST',
      url: '/mcp',
      headers: {
        authorization: `Bearer ${account}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        // Before the answer to initialize, a client has no revision to name.
        ...(method === 'initialize' ? {} : { 'mcp-protocol-version': revision }),
        // A session of another time or server means nothing here, and disturbs nothing.
        'mcp-session-id': session,
      },
      payload: JSON.stringify({ jsonrpc: '2.0', ...id, method, params }),
    });
    expect(headers['mcp-session-id']).toBeUndefined();
    return method.startsWith('notifications/') ? { statusCode } : lastData(body).result;
  };
}

/** Opens a session for one call and forgets it, as hosted clients do. */
async function legacyCallOnce(models: Models, account: string, revision: string, params: Answer) {
  const send = legacySend(models, account, revision, crypto.randomUUID());
  const hello = { protocolVersion: revision, capabilities: {}, clientInfo: { name: 'hosted', version: '1' } };
  expect(await send('initialize', hello)).toMatchObject({ protocolVersion: revision });
  expect(await send('notifications/initialized', {})).toEqual({ statusCode: 202 });
  return send('tools/call', params);
}

async function modernCallOnce({ app }: Models, account: string, params: Answer) {
  const send = async (method: string, given: Answer) => {
    const request = modernRequest(method, given);
    const headers = { ...request.headers, authorization: `Bearer ${account}` };
    return (await app.inject({ ...request, headers })).json().result;
  };
  expect(await send('server/discover', {})).toMatchObject({ supportedVersions: ['2026-07-28'] });
  return send('tools/call', params);
}

const CLIENTS = [
  ...REVISIONS.map((revision) => [
    revision,
    (models: Models, account: string, params: Answer) => legacyCallOnce(models, account, revision, params),
  ]),
  ['2026-07-28', modernCallOnce],
] as readonly (readonly [string, typeof modernCallOnce])[];

describe.each(CLIENTS)('clients that open a session of protocol %s for each call', (_revision, callOnce) => {
  it('meet, talk and read, each from the seat that it took', async () => {
    await using models = await startModels();
    const call = async (account: string, name: string, args: object) => {
      const result = await callOnce(models, account, { name, arguments: args });
      expect(result['isError'] ?? false).toBe(false);
      return result['structuredContent'] as Answer;
    };
    const slots = ['invite:a', 'invite:b'];
    const { channel_id, invites } = await call('alice', 'create_channel', { name: 'Hosted', slots });
    await call('alice', 'join_channel', { invite_code: invites[0] });
    await call('bob', 'join_channel', { invite_code: invites[1] });
    const { msg_id } = await call('alice', 'post_message', { channel_id, body: 'hello' });
    const read = await call('bob', 'sync_messages', { channel_id, cursor: msg_id - 1 });
    expect(read).toMatchObject({
      you: { slot_id: 's1' },
      messages: [{ id: msg_id, sender: 's0', body: { text: 'hello' } }],
    });
    const answered = await call('bob', 'post_message', { channel_id, body: 'hi' });
    const { messages } = await call('alice', 'sync_messages', { channel_id, cursor: msg_id });
    expect(messages).toMatchObject([{ id: answered['msg_id'], sender: 's1', body: { text: 'hi' } }]);
  });
});
