import { readFile, stat } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Account } from '../../../clients/typescript/agent/account.ts';
import { AgentClient } from '../../../clients/typescript/agent/agent-client.ts';
import { pause } from '../../../clients/typescript/agent/backoff.ts';
import type { AgentOptions } from '../../../clients/typescript/agent/options.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { LossyServer, refusal } from './support/lossy-server.ts';

vi.mock(import('../../../clients/typescript/agent/backoff.ts'), async (original) =>
  (await import('./support/waits.ts')).withoutWaiting(original),
);
afterEach(() => vi.mocked(pause).mockClear());

const MESSAGES = '/api/v1/messages';
const stored = { body: { success: true, message_id: 'msg_1', receipt: 'stored' } };
const agent = (server: LossyServer, more: Partial<AgentOptions> = {}) =>
  new AgentClient({
    serverUrl: `${server.url}/`,
    sessionId: '01TYEi4Mjf2T',
    name: 'Beta',
    token: 'first',
    ...more,
  });
const waits = () => vi.mocked(pause).mock.calls.map(([ms]) => ms);

describe('a call that did not come through', () => {
  it('is sent again with the same key, so that it takes effect once', async () => {
    await using server = (await LossyServer.start()).answer(MESSAGES, 'cut', 'cut', stored);
    await using client = agent(server);
    expect(await client.sendMessage('alpha', 'Hello')).toMatchObject({ message_id: 'msg_1' });
    expect(await client.sendMessage('alpha', 'Hello')).toMatchObject({ message_id: 'msg_1' });
    const keys = server.at(MESSAGES).map(({ body }) => body['idempotency_key']);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys.slice(0, 3)).toEqual([keys[0], keys[0], keys[0]]);
    expect(keys[3]).not.toBe(keys[0]);
  });

  it('bears the key that the caller gives', async () => {
    await using server = (await LossyServer.start()).answer(MESSAGES, stored);
    await using client = agent(server);
    await client.sendMessage('ALL', { type: 'ping' }, { ttlS: 5, idempotencyKey: 'mine' });
    expect(server.at(MESSAGES)[0]?.body).toEqual({
      from: 'beta-01TYEi4M',
      to: 'ALL',
      message: { type: 'ping' },
      ttl_s: 5,
      idempotency_key: 'mine',
    });
  });

  it('waits as long as the server asks for, and longer each time where it does not say', async () => {
    const limited = refusal(429, 'RATE_LIMITED', { 'retry-after': '7' });
    const stopping = refusal(503, 'SERVER_STOPPING');
    await using server = (await LossyServer.start()).answer(MESSAGES, stopping, stopping, limited, stored);
    await using client = agent(server);
    await client.sendMessage('alpha', 'Hello');
    const [first, second, asked] = waits();
    expect(first).toBeGreaterThanOrEqual(125);
    expect(first).toBeLessThanOrEqual(250);
    expect(second).toBeGreaterThanOrEqual(250);
    expect(second).toBeLessThanOrEqual(500);
    expect(asked).toBe(7_000);
  });

  it('is given up after some tries, with what the server said last', async () => {
    await using server = (await LossyServer.start()).answer(MESSAGES, refusal(503, 'STORE_UNAVAILABLE'));
    await using client = agent(server);
    await expect(client.sendMessage('alpha', 'Hello')).rejects.toMatchObject({
      name: 'Problem',
      code: 'STORE_UNAVAILABLE',
      details: { status: 503 },
    });
    expect(server.at(MESSAGES)).toHaveLength(6);
  });

  it.each([
    ['a full inbox', refusal(429, 'INBOX_FULL'), 'INBOX_FULL'],
    ['a mistake', refusal(400, 'INVALID_REQUEST'), 'INVALID_REQUEST'],
    ['a wait of an hour', refusal(429, 'RATE_LIMITED', { 'retry-after': '3600' }), 'RATE_LIMITED'],
    ['an answer of something else', { body: 'Welcome!' }, 'BAD_ANSWER'],
  ])('is not sent again after %s', async (_what, answer, code) => {
    await using server = (await LossyServer.start()).answer(MESSAGES, answer);
    await using client = agent(server);
    await expect(client.sendMessage('alpha', 'Hello')).rejects.toMatchObject({ code });
    expect(server.at(MESSAGES)).toHaveLength(1);
  });

  it('ends with its client, and with the signal of its caller', async () => {
    await using server = (await LossyServer.start()).answer(MESSAGES, 'cut');
    const client = agent(server);
    const reason = new Error('Enough.');
    await expect(client.read({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await client[Symbol.asyncDispose]();
    await expect(client.read()).rejects.toMatchObject({ code: 'LOCAL' });
  });
});

it('an agent that is gone is deregistered, as where the answer to the first try was lost', async () => {
  await using server = await LossyServer.start();
  server.answer('/api/v1/agents/deregister', 'cut', refusal(404, 'AGENT_NOT_FOUND'));
  await agent(server).deregister();
  expect(server.requests).toHaveLength(2);
  server.answer('/api/v1/agents/deregister', refusal(403, 'NOT_YOUR_AGENT'));
  await using other = agent(server);
  await expect(other.deregister()).rejects.toMatchObject({ code: 'NOT_YOUR_AGENT' });
});

describe('a token that is not taken any more', () => {
  const credentials = { clientId: 'id', clientSecret: 's/cret' };

  it('is replaced by one other, however many calls were refused with it', async () => {
    await using server = await LossyServer.start();
    const unauthorized = refusal(401, 'UNAUTHORIZED');
    server.answer(MESSAGES, unauthorized, unauthorized, stored);
    server.answer('/oauth/token', { body: { access_token: 'second' } });
    await using client = agent(server, credentials);
    await Promise.all([client.sendMessage('alpha', 'One'), client.sendMessage('alpha', 'Two')]);
    expect(server.at('/oauth/token')).toHaveLength(1);
    const tokens = server.at(MESSAGES).map(({ token }) => token);
    expect(tokens).toEqual(['first', 'first', 'second', 'second']);
  });

  it('is not replaced again for a call that hears late that it was refused', async () => {
    await using server = await LossyServer.start();
    server.answer('/oauth/token', { body: { access_token: 'second' } });
    const who = { serverUrl: server.url, sessionId: 's', name: 'Beta', token: 'first' };
    const account = new Account({ ...who, ...credentials });
    await account.renew('first');
    await account.renew('first');
    expect([account.token, server.requests.length]).toEqual(['second', 1]);
  });

  it('is a Problem where the other one is refused too, and where there is none', async () => {
    await using server = await LossyServer.start();
    server.answer(MESSAGES, refusal(401, 'UNAUTHORIZED'));
    server.answer('/oauth/token', { body: { access_token: 'second' } });
    await using client = agent(server, credentials);
    await expect(client.read()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await using poor = agent(server);
    await expect(poor.read()).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
  });

  it('is taken before the first call where there is a client and no token', async () => {
    await using server = (await LossyServer.start()).answer(MESSAGES, stored);
    server.answer('/oauth/token', 'cut', { body: { access_token: 'second' } });
    const { serverUrl, sessionId, name } = { serverUrl: server.url, sessionId: 's', name: 'Beta' };
    await using client = new AgentClient({ serverUrl, sessionId, name, ...credentials });
    await client.sendMessage('alpha', 'Hello');
    expect(server.at(MESSAGES).map(({ token }) => token)).toEqual(['second']);
  });
});

describe('the credentials file', () => {
  const registered = { body: { success: true, token: 'kept', client_id: 'id', client_secret: 'secret' } };
  const REGISTER = '/api/v1/agents/register';

  it('gives an agent that starts again its name and token, also in another session', async () => {
    await using server = (await LossyServer.start()).answer(REGISTER, registered, {
      body: { success: true },
    });
    await using dir = await tempDir();
    const options = { serverUrl: server.url, name: 'Beta', credentialsFile: dir.file('beta.json') };
    await using first = new AgentClient({ ...options, sessionId: 'aaaaaaaa' });
    await first.register();
    expect((await stat(options.credentialsFile)).mode & 0o777).toBe(0o600);
    await using second = new AgentClient({ ...options, sessionId: 'bbbbbbbb' });
    await second.register();
    expect(second.agentId).toBe('beta-aaaaaaaa');
    expect(server.at(REGISTER).map(({ token, body }) => [token, body['agent_id']])).toEqual([
      [undefined, 'beta-aaaaaaaa'],
      ['kept', 'beta-aaaaaaaa'],
    ]);
  });

  it('keeps the token that was taken in place of the first', async () => {
    await using server = (await LossyServer.start()).answer(REGISTER, registered);
    server.answer(MESSAGES, refusal(401, 'UNAUTHORIZED'), { body: { messages: [] } });
    server.answer('/oauth/token', { body: { access_token: 'second' } });
    await using dir = await tempDir();
    const credentialsFile = dir.file('beta.json');
    await using client = new AgentClient({
      serverUrl: server.url,
      sessionId: 's',
      name: 'Beta',
      credentialsFile,
    });
    await client.register();
    await client.read();
    expect(JSON.parse(await readFile(credentialsFile, 'utf8'))).toEqual({
      server_url: server.url,
      name: 'Beta',
      agent_id: 'beta-s',
      token: 'second',
      client_id: 'id',
      client_secret: 'secret',
    });
  });

  it('of another agent, or of something else, is refused before anything is sent', async () => {
    await using server = (await LossyServer.start()).answer(REGISTER, registered);
    await using dir = await tempDir();
    const options = { serverUrl: server.url, sessionId: 's', credentialsFile: dir.file('beta.json') };
    await using beta = new AgentClient({ ...options, name: 'Beta' });
    await beta.register();
    await using gamma = new AgentClient({ ...options, name: 'Gamma' });
    await expect(gamma.register()).rejects.toMatchObject({ code: 'LOCAL' });
    await using wrong = new AgentClient({ ...options, name: 'Beta', credentialsFile: dir.path });
    await expect(wrong.register()).rejects.toMatchObject({ code: 'LOCAL' });
    expect(server.requests).toHaveLength(1);
  });
});

it.each([
  ['Beta', '01TYEi4Mjf2Tft2SWjjVtdQ3', 'beta-01TYEi4M'],
  ['Instance Alpha/2', 'short', 'instance-alpha-2-short'],
  ['a.b_c-D', '12345678', 'a.b_c-d-12345678'],
])('%s in session %s is called %s, unless it is given a name', (name, sessionId, agentId) => {
  const serverUrl = 'http://127.0.0.1:1';
  expect(new AgentClient({ serverUrl, name, sessionId }).agentId).toBe(agentId);
  expect(new AgentClient({ serverUrl, name, sessionId, agentId: 'own' }).agentId).toBe('own');
});
