import { once } from 'node:events';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { testEnv } from '../support/server-env.ts';
import { ServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';

const json = { 'content-type': 'application/json' };

/** The calls of the mission's examples, with a token as operations.md says. */
function agentApi(url: string) {
  const ask = async (path: string, init: RequestInit = {}, token?: string) => {
    const headers = { ...json, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
    const answer = await fetch(url + path, { ...init, headers });
    return { status: answer.status, body: (await answer.json()) as Record<string, any> };
  };
  return {
    get: (path: string, token?: string) => ask(path, {}, token),
    post: (path: string, body: unknown, token?: string) =>
      ask(path, { method: 'POST', body: JSON.stringify(body) }, token),
  };
}

it('agents register, find each other, write, and read after a restart what they were sent', {
  timeout: 60_000,
}, async () => {
  await using data = await tempDir();
  const env = testEnv(data.path);
  await using server = await ServerProcess.start(env);
  const api = agentApi(server.url);
  const alpha = { agent_id: 'alpha-01RXGe86', session_id: '01RXGe86WesQ8yxBsVwvKvdc', name: 'Alpha' };
  const one = await api.post('/api/v1/agents/register', { ...alpha, capabilities: ['detection'] });
  const beta = { agent_id: 'beta-01TYEi4M', session_id: '01TYEi4Mjf2Tft2SWjjVtdQ3', name: 'Beta' };
  const two = await api.post('/api/v1/agents/register', { ...beta, capabilities: ['detection', 'analysis'] });
  expect(two).toMatchObject({
    status: 200,
    body: {
      success: true,
      agent_id: 'beta-01TYEi4M',
      websocket_url: '/ws/beta-01TYEi4M',
      peers: [{ agent_id: 'alpha-01RXGe86', name: 'Alpha', status: 'active' }],
    },
  });
  const sent = await api.post(
    '/api/v1/messages',
    { from: 'beta-01TYEi4M', to: 'alpha-01RXGe86', message: 'Hello Alpha!' },
    two.body['token'],
  );
  expect(sent).toMatchObject({ status: 200, body: { success: true, receipt: 'stored' } });
  expect((await api.get('/api/v1/agents', two.body['token'])).body).toMatchObject({ total: 2 });
  expect((await api.get('/api/v1/agents')).status).toBe(401);

  await server.stop();
  await using again = await ServerProcess.start(env);
  const read = await agentApi(again.url).get(
    '/api/v1/messages?agent_id=alpha-01RXGe86&limit=50',
    one.body['token'],
  );
  expect(read.body['messages']).toMatchObject([{ from: 'beta-01TYEi4M', message: 'Hello Alpha!' }]);
  const other = await agentApi(again.url).get('/api/v1/messages?agent_id=alpha-01RXGe86', two.body['token']);
  expect(other).toMatchObject({ status: 403, body: { error: { code: 'NOT_YOUR_AGENT' } } });
});

/** A socket with what came out of it. */
async function openSocket(url: string, agentId: string, token: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/${agentId}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const frames: Record<string, any>[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    frames.push(JSON.parse(String(data)));
    for (const wake of waiting) wake();
  });
  await once(socket, 'open');
  return {
    socket,
    frames,
    say: (frame: object) => socket.send(JSON.stringify(frame)),
    /** Resolves once there are so many frames. */
    async until(count: number) {
      while (frames.length < count)
        await new Promise<void>((resolve) => {
          const wake = () => (waiting.delete(wake), resolve());
          waiting.add(wake);
        });
      return frames;
    },
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

it('an agent hears over its socket, and after a reconnect goes on after what it acknowledged', {
  timeout: 60_000,
}, async () => {
  await using data = await tempDir();
  await using server = await ServerProcess.start(testEnv(data.path));
  const api = agentApi(server.url);
  const register = async (agent_id: string) =>
    (await api.post('/api/v1/agents/register', { agent_id, name: agent_id })).body['token'] as string;
  const [alpha, beta] = [await register('alpha'), await register('beta')];
  const write = (message: string) =>
    api.post('/api/v1/messages', { from: 'beta', to: 'alpha', message }, beta);
  await write('before');
  const first = await openSocket(server.url, 'alpha', alpha);
  await write('during');
  const heard = await first.until(2);
  expect(heard.map(({ type, from, message }) => [type, from, message])).toEqual([
    ['text', 'beta', 'before'],
    ['text', 'beta', 'during'],
  ]);
  first.say({ type: 'ack', cursor: heard[0]?.['cursor'] });
  first.say({ type: 'heartbeat' });
  first.say({ type: 'send', id: 'a', to: 'beta', message: { type: 'ping' } });
  first.say({ type: 'explode' });
  const after = await first.until(5);
  expect(
    after
      .slice(2)
      .map(({ type }) => type)
      .toSorted(),
  ).toEqual(['error', 'heartbeat', 'receipt']);
  await first.close();

  const second = await openSocket(server.url, 'alpha', alpha);
  expect((await second.until(1))[0]).toMatchObject({ message: 'during' });
  const replaced = once(second.socket, 'close');
  const third = await openSocket(server.url, 'alpha', alpha);
  expect((await replaced)[0]).toBe(4001);
  await third.close();
  const refused = new WebSocket(`${server.url.replace('http', 'ws')}/ws/alpha`, {
    headers: { authorization: `Bearer ${beta}` },
  });
  const [error] = await once(refused, 'error');
  expect(String(error)).toContain('403');
});
