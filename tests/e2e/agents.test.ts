import { expect, it } from 'vitest';
import { isMessage, openSocket } from '../agents/support/socket.ts';
import { testEnv } from '../support/server-env.ts';
import { ServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

async function ask(url: string, path: string, token?: string, body?: object): Promise<Answered> {
  const answer = await fetch(url + path, {
    method: body ? 'POST' : 'GET',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answered['body'] };
}

const register = async (url: string, agent_id: string) =>
  (await ask(url, '/api/v1/agents/register', undefined, { agent_id, name: agent_id })).body;

it('agents of a real server find each other, write, and read after it was killed what they were sent', {
  timeout: 60_000,
}, async () => {
  await using data = await tempDir();
  const env = { ...testEnv(data.path), RATE_LIMIT_AGENT_PER_SECOND: '10' };
  await using server = await ServerProcess.start(env);
  const alpha = await register(server.url, 'alpha');
  const beta = await register(server.url, 'beta');
  const hello = { from: 'beta', to: 'alpha', message: 'Hello Alpha!' };
  const sent = await ask(server.url, '/api/v1/messages', String(beta['token']), hello);
  expect(sent).toMatchObject({ status: 200, body: { success: true, receipt: 'stored' } });
  expect(sent.headers.get('ratelimit-policy')).toBe('"agents";q=10;w=1');
  expect((await ask(server.url, '/api/v1/agents')).status).toBe(401);
  expect((await ask(server.url, '/api/v1/agents', String(beta['token']))).body).toMatchObject({ total: 2 });
  await server.kill();

  await using again = await ServerProcess.start(env);
  await using line = await openSocket(again.url, '/ws/alpha', String(alpha['token']));
  const [message] = await line.until(1, isMessage);
  expect(message).toMatchObject({
    from: 'beta',
    message: 'Hello Alpha!',
    message_id: sent.body['message_id'],
  });
  const other = await ask(again.url, '/api/v1/messages?agent_id=alpha', String(beta['token']));
  expect(other).toMatchObject({ status: 403, body: { error: { code: 'NOT_YOUR_AGENT' } } });

  // The token was shown once; what it came with takes another one.
  const { client_id, client_secret } = alpha;
  const grant = {
    grant_type: 'client_credentials',
    client_id: String(client_id),
    client_secret: String(client_secret),
  };
  const taken = await fetch(`${again.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(grant) });
  const { access_token } = (await taken.json()) as { access_token: string };
  expect((await ask(again.url, '/api/v1/messages', access_token)).body).toMatchObject({ agent_id: 'alpha' });
});
