import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../control-plane/src/kernel/operation.ts';
import { AUTH, CHANNEL, fakeHandlers, listen, startApp } from './support.ts';
import { legacyCall, modernRequest } from './wire.ts';

const call = { name: 'sync_messages', arguments: { channel_id: CHANNEL } };
const rest = {
  method: 'GET' as const,
  url: `/sync_messages?channel_id=${CHANNEL}`,
  headers: AUTH,
  payload: undefined,
};

const EDGES = [
  ['REST', rest],
  ['MCP of the older era', legacyCall(call.name, JSON.stringify(call.arguments))],
  ['MCP 2026-07-28', modernRequest('tools/call', call)],
] as const;

/** A server whose sync_messages parks until it is told to go on by its signal. */
async function startParking() {
  const parked = Promise.withResolvers<CallContext>();
  const freed = Promise.withResolvers<unknown>();
  const { handlers } = fakeHandlers({
    sync_messages: (_input, context) =>
      new Promise((_resolve, reject) => {
        context.signal.addEventListener('abort', () => {
          const reason: Error = context.signal.reason;
          freed.resolve(reason);
          reject(reason);
        });
        parked.resolve(context);
      }),
  });
  const server = await startApp({ handlers });
  const base = await listen(server.app);
  return { ...server, base, parked: parked.promise, freed: freed.promise };
}

describe.each(EDGES)('a call parked over %s', (_edge, { method, url, headers, payload }) => {
  it('is freed as soon as its connection closes, and nothing is logged as a failure', async () => {
    await using server = await startParking();
    const client = request(new URL(url, server.base), { method, headers });
    client.on('error', () => {});
    client.end(payload);
    expect((await server.parked).signal.aborted).toBe(false);
    client.destroy();
    expect(await server.freed).toMatchObject({ name: 'AbortError' });
    expect(server.logged).toEqual([]);
  });

  it('is answered SERVER_STOPPING when the server stops', async () => {
    await using server = await startParking();
    const answer = fetch(new URL(url, server.base), {
      method,
      headers,
      ...(payload ? { body: payload } : {}),
    });
    await server.parked;
    const closed = server.app.close();
    expect(await (await answer).text()).toContain('SERVER_STOPPING');
    await closed;
  });
});

it.each(EDGES)(
  'a stopping server does not keep the connection of a call over %s that is answered last',
  async (_edge, { method, url, headers, payload }) => {
    const asked = Promise.withResolvers<void>();
    const done = Promise.withResolvers<Record<string, never>>();
    const { handlers } = fakeHandlers({
      sync_messages: () => {
        asked.resolve();
        return done.promise;
      },
    });
    await using server = await startApp({ handlers });
    const base = await listen(server.app);
    const agent = new Agent({ keepAlive: true });
    const client = request(new URL(url, base), { method, headers, agent });
    client.end(payload);
    await asked.promise;
    const closed = server.app.close();
    while (server.app.server.listening) await new Promise((resolve) => setImmediate(resolve));
    done.resolve({});
    const [answer] = await once(client, 'response');
    answer.resume();
    await expect(closed).resolves.toBeUndefined();
    agent.destroy();
  },
);

it('a stopping server does not wait for a client that listens', async () => {
  await using server = await startApp();
  const base = await listen(server.app);
  const { method, url, headers, payload } = modernRequest('subscriptions/listen', { notifications: {} });
  const answer = await fetch(new URL(url, base), { method, headers, body: payload });
  const reader = answer.body?.getReader();
  const first = new TextDecoder().decode((await reader?.read())?.value);
  expect(first).toContain('notifications/subscriptions/acknowledged');
  await server.app.close();
  expect((await reader?.read())?.done).toBe(true);
});

it('a stopping server does not wait for a connection over which nothing was asked', async () => {
  await using server = await startApp();
  const base = new URL(await listen(server.app));
  const silent = connect(Number(base.port), base.hostname);
  await once(silent, 'connect');
  const closed = once(silent.resume(), 'close');
  const start = performance.now();
  await server.app.close();
  await closed;
  // Its first request would be overdue after thirty seconds.
  expect(performance.now() - start).toBeLessThan(15_000);
});
