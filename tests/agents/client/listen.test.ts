import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AgentClient } from '../../../clients/typescript/agent/agent-client.ts';
import type { AgentOptions } from '../../../clients/typescript/agent/options.ts';
import { LossyServer, message, refusal } from './support/lossy-server.ts';

vi.mock(import('../../../clients/typescript/agent/backoff.ts'), async (original) =>
  (await import('./support/waits.ts')).withoutWaiting(original),
);

const beta = (server: LossyServer, more: Partial<AgentOptions> = {}) =>
  new AgentClient({
    serverUrl: server.url,
    sessionId: 's',
    name: 'Beta',
    agentId: 'beta',
    token: 'first',
    ...more,
  });

/** Listens until a message has been acknowledged. @returns what was handled, and why it connected again */
async function hear(server: LossyServer, last: string, more: Partial<AgentOptions> = {}) {
  await using client = beta(server, more);
  const handled: unknown[] = [];
  const troubles: unknown[] = [];
  const stop = new AbortController();
  const listening = client.listen((received) => handled.push(received.message), {
    signal: stop.signal,
    onReconnect: ({ code, details }) => troubles.push(details['close_code'] ?? code),
  });
  await Promise.race([listening, server.until(() => server.acknowledged.includes(last))]);
  stop.abort();
  await listening;
  return { handled, troubles };
}

const messages = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => message(first + index));
const texts = (last: number) => messages(1, last).map((each) => each.message);

describe('listening at a server that loses and repeats', () => {
  it('hands out each message once and in order, however connections end', async () => {
    await using server = await LossyServer.start(
      { pushes: messages(1, 4), after: 3, ends: 'cut' },
      // What was acknowledged did not get there, and comes again.
      { pushes: messages(2, 6), after: 6, ends: 1001 },
      { pushes: [], ends: 'cut' },
      { pushes: [message(5), message(5), message(6), message(7), message(7)], after: 7, ends: 1011 },
      { pushes: messages(8, 9), after: 8, ends: 4008 },
      { pushes: messages(1, 10), after: 10, ends: 4009 },
      { pushes: messages(11, 12) },
    );
    const { handled, troubles } = await hear(server, '12.0');
    expect(handled).toEqual(texts(12));
    expect(troubles).toEqual([1006, 1001, 1006, 1011, 4008, 4009]);
  });

  it('acknowledges again what comes again, so that the server knows of it', async () => {
    await using server = await LossyServer.start(
      { pushes: messages(1, 2), after: 2, ends: 'cut' },
      { pushes: messages(1, 3) },
    );
    await hear(server, '3.0');
    expect(server.said[1]?.[0]).toEqual({ type: 'ack', cursor: '1.0' });
    expect(server.said[1]?.at(-1)).toEqual({ type: 'ack', cursor: '3.0' });
  });

  it('acknowledges many with one frame: a server takes no thousand in a second', async () => {
    await using server = await LossyServer.start({ pushes: messages(1, 3_000) });
    const { handled } = await hear(server, '3000.0');
    expect(handled).toEqual(texts(3_000));
    expect(server.said[0]?.length).toBeLessThan(1_000);
  });

  it('comes back to a server that is away, at first over HTTP and then before the upgrade', async () => {
    await using server = await LossyServer.start('refused', { pushes: [message(1)] });
    const ticket = { body: { websocket_url: '/ws/beta?ticket=once' } };
    server.answer('/api/v1/tickets', ...Array<'cut'>(7).fill('cut'), refusal(503, 'SERVER_STOPPING'), ticket);
    expect(await hear(server, '1.0')).toEqual({ handled: texts(1), troubles: ['UNREACHABLE', 1006] });
    expect(server.at('/api/v1/tickets').map(({ body, token }) => [body, token])[0]).toEqual([
      { agent_id: 'beta' },
      'first',
    ]);
  });

  it('goes on after a frame that nobody can read, and after one that says what failed', async () => {
    const error = { code: 'STORE_UNAVAILABLE', message: 'Later.', next_action: 'Wait.' };
    await using server = await LossyServer.start(
      { pushes: [message(1), '{'] },
      { pushes: [{ type: 'error', error }, message(2)] },
      { pushes: [{ type: 'something new' }, message(2)] },
    );
    const { handled, troubles } = await hear(server, '2.0');
    expect(handled).toEqual(texts(2));
    expect(troubles).toEqual(['BAD_ANSWER', 'STORE_UNAVAILABLE']);
  });
});

describe('close codes that another connection does not mend', () => {
  it.each([
    [4001, 'REPLACED'],
    [4404, 'AGENT_NOT_FOUND'],
  ])('%i ends listening as %s', async (code, problem) => {
    await using server = await LossyServer.start({ pushes: [message(1)], after: 1, ends: code });
    await using client = beta(server);
    await expect(client.listen(() => undefined)).rejects.toMatchObject({
      code: problem,
      details: { close_code: code },
    });
    expect(server.said).toHaveLength(1);
  });

  it('4401 takes another token, and connects with it', async () => {
    await using server = await LossyServer.start({ ends: 4401 }, { pushes: [message(1)] });
    server.answer('/oauth/token', { body: { access_token: 'second' } });
    const { handled } = await hear(server, '1.0', { clientId: 'id', clientSecret: 'secret' });
    expect(handled).toEqual(texts(1));
    expect(server.at('/api/v1/tickets').map(({ token }) => token)).toEqual(['first', 'second']);
  });

  it('4401 ends listening where there is nothing to take another token with, or it is refused', async () => {
    await using server = await LossyServer.start({ ends: 4401 }, { ends: 4401 });
    await expect(hear(server, 'none')).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    server.answer('/oauth/token', { status: 401, body: { error: 'invalid_client' } });
    const credentials = { clientId: 'id', clientSecret: 'secret' };
    await expect(hear(server, 'none', credentials)).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
  });
});

describe('handling a message', () => {
  it('is over before the message is acknowledged, and before the next one is handled', async () => {
    await using server = await LossyServer.start({ pushes: messages(1, 2) });
    await using client = beta(server);
    const order: string[] = [];
    const stop = new AbortController();
    const listening = client.listen(
      async ({ message_id }) => {
        order.push(`begins ${message_id}`);
        // A round trip to the server: what was acknowledged too early has arrived before its end.
        await client.listAgents().catch(() => undefined);
        const isEarly = server.acknowledged.includes(message_id.replace('msg_', '').concat('.0'));
        order.push(`ends ${message_id}${isEarly ? ', acknowledged' : ''}`);
      },
      { signal: stop.signal },
    );
    await server.until(() => server.acknowledged.includes('2.0'));
    stop.abort();
    await listening;
    expect(order).toEqual(['begins msg_1', 'ends msg_1', 'begins msg_2', 'ends msg_2']);
  });

  it('that fails ends listening; its message is not acknowledged, and comes again', async () => {
    await using server = await LossyServer.start({ pushes: messages(1, 2) }, { pushes: messages(2, 2) });
    await using client = beta(server);
    const failing = client.listen((received) => {
      if (received.message_id === 'msg_2') throw new Error('Not today.');
    });
    await expect(failing).rejects.toThrow('Not today.');
    expect(server.acknowledged).toEqual(['1.0']);
    const stop = new AbortController();
    const handled: string[] = [];
    const listening = client.listen((received) => handled.push(received.message_id), { signal: stop.signal });
    await server.until(() => server.acknowledged.includes('2.0'));
    stop.abort();
    await listening;
    expect(handled).toEqual(['msg_2']);
  });

  it('is the last thing that happens where it ends listening itself', async () => {
    await using server = await LossyServer.start({ pushes: messages(1, 3) });
    await using client = beta(server);
    const stop = new AbortController();
    const handled: string[] = [];
    await client.listen(
      (received) => {
        handled.push(received.message_id);
        if (received.message_id === 'msg_2') stop.abort();
      },
      { signal: stop.signal },
    );
    await server.until(() => server.acknowledged.includes('2.0'));
    expect(handled).toEqual(['msg_1', 'msg_2']);
  });
});

it('peers that come and go are told of', async () => {
  const presence = { type: 'presence', changes: [{ agent_id: 'alpha', status: 'idle' }], more: false };
  await using server = await LossyServer.start({ pushes: [presence] });
  await using client = beta(server);
  const stop = new AbortController();
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const listening = client.listen(() => undefined, { signal: stop.signal, onPresence: resolve });
  expect(await promise).toMatchObject({ changes: presence.changes, more: false });
  stop.abort();
  await listening;
});

describe('heartbeats', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
  afterEach(() => void vi.useRealTimers());

  it('go out every 30 s, and a server that answers none is left', async () => {
    await using server = await LossyServer.start({ pushes: [message(1)] }, { pushes: [message(2)] });
    await using client = beta(server);
    const reasons: unknown[] = [];
    const listening = client.listen(() => undefined, {
      onReconnect: ({ details }) => reasons.push(details['close_code']),
    });
    await server.until(() => server.acknowledged.includes('1.0'));
    vi.advanceTimersByTime(60_000);
    await server.until(() => server.said[0]?.filter(({ type }) => type === 'heartbeat').length === 2);
    expect(reasons).toEqual([]);
    vi.advanceTimersByTime(30_000);
    await server.until(() => server.acknowledged.includes('2.0'));
    expect(reasons).toEqual([4009]);
    await client[Symbol.asyncDispose]();
    await listening;
  });

  it('that are answered, by whatever comes, keep a connection', async () => {
    await using server = await LossyServer.start({ pushes: [message(1)], answers: messages(2, 6) });
    await using client = beta(server);
    const listening = client.listen(() => undefined);
    await server.until(() => server.acknowledged.includes('1.0'));
    for (let n = 2; n <= 6; n++) {
      vi.advanceTimersByTime(30_000);
      await server.until(() => server.acknowledged.includes(`${n}.0`));
    }
    await client[Symbol.asyncDispose]();
    await listening;
    expect(server.said).toHaveLength(1);
  });
});
