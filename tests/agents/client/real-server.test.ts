import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { AgentClient } from '../../../clients/typescript/agent/agent-client.ts';
import type { AgentMessage } from '../../../clients/typescript/agent/messages.ts';
import { PassingProblem } from '../../../clients/typescript/client/problem.ts';
import { testEnv } from '../../support/server-env.ts';
import { startTestServer } from '../../support/server.ts';
import { ServerProcess } from '../../support/server-process.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** Two registered agents at one server. */
async function pair(serverUrl: string, toBeta = serverUrl) {
  const alpha = new AgentClient({
    serverUrl,
    sessionId: '01RXGe86',
    name: 'Alpha',
    capabilities: ['detection'],
  });
  const beta = new AgentClient({ serverUrl: toBeta, sessionId: '01TYEi4M', name: 'Beta' });
  await alpha.register();
  await beta.register();
  return { alpha, beta };
}

/** Sends until it is through, however long the server is away; the key makes it one message. */
async function insist(client: AgentClient, to: string, text: string): Promise<void> {
  for (const idempotencyKey = crypto.randomUUID(); ; ) {
    try {
      await client.sendMessage(to, text, { idempotencyKey });
      return;
    } catch (error) {
      if (!(error instanceof PassingProblem)) throw error;
    }
  }
}

/** Listens, and keeps what was handled. */
function listenTo(client: AgentClient) {
  const handled: AgentMessage[] = [];
  const events = new EventTarget();
  const stop = new AbortController();
  const ended = client.listen(
    (message) => {
      handled.push(message);
      events.dispatchEvent(new Event('message'));
    },
    { signal: stop.signal },
  );
  const until = async (count: number) => {
    while (handled.length < count) await Promise.race([once(events, 'message'), ended]);
  };
  const close = () => (stop.abort(), ended);
  return { handled, until, [Symbol.asyncDispose]: close };
}

describe('the client at a server', () => {
  it('finds peers, writes, reads, and learns what became of its messages', async () => {
    await using server = await startTestServer();
    const { alpha, beta } = await pair(server.url);
    await using _alpha = alpha;
    await using _beta = beta;
    const { agents } = await beta.listAgents({ capability: 'detection', status: 'active' });
    expect(agents).toMatchObject([{ agent_id: 'alpha-01RXGe86', name: 'Alpha', status: 'active' }]);

    const sent = await alpha.sendMessage(beta.agentId, {
      type: 'task_proposal',
      task: 'review',
      files: ['a.ts'],
    });
    expect(await alpha.receipt(sent.message_id)).toMatchObject({ receipt: 'stored' });
    const { messages, cursor } = await beta.read({ timeoutMs: 10_000 });
    const [proposal] = messages;
    if (proposal?.type !== 'task_proposal') throw new Error('There is no proposal.');
    expect([proposal.from, proposal.message.task, proposal.message['files']]).toEqual([
      'alpha-01RXGe86',
      'review',
      ['a.ts'],
    ]);
    expect(await beta.read({ cursor, limit: 1, maxTokens: 200 })).toMatchObject({
      messages: [],
      has_more: false,
    });
    expect(await alpha.receipt(sent.message_id)).toMatchObject({ receipt: 'acknowledged' });

    const lost = await alpha.sendMessage(beta.agentId, 'Are you there?');
    await beta.deregister();
    expect((await alpha.deadLetters()).messages).toMatchObject([
      { message_id: lost.message_id, to: 'beta-01TYEi4M', reason: 'deregistered' },
    ]);
    await expect(alpha.sendMessage('beta-01TYEi4M', 'Hello?')).rejects.toMatchObject({
      code: 'AGENT_NOT_FOUND',
    });
  });

  it('hears a message that waits for it, and each that is written while it listens', async () => {
    await using server = await startTestServer();
    const { alpha, beta } = await pair(server.url);
    await using _alpha = alpha;
    await using _beta = beta;
    await alpha.sendMessage('ALL', 'before');
    await using listening = listenTo(beta);
    await listening.until(1);
    const sent = await alpha.sendMessage(beta.agentId, { type: 'ping' });
    await listening.until(2);
    expect(listening.handled.map(({ to, type }) => [to, type])).toEqual([
      ['ALL', 'text'],
      ['beta-01TYEi4M', 'ping'],
    ]);
    await listening[Symbol.asyncDispose]();
    await expect.poll(async () => (await alpha.receipt(sent.message_id)).receipt).toBe('acknowledged');
    expect((await beta.read()).messages).toEqual([]);
  });

  it('sends faster than the server lets it, and nothing is lost, repeated or refused', async () => {
    await using server = await startTestServer({ RATE_LIMIT_AGENT_PER_SECOND: '20' });
    const { alpha, beta } = await pair(server.url);
    await using _alpha = alpha;
    await using _beta = beta;
    await using listening = listenTo(beta);
    const texts = Array.from({ length: 40 }, (_, n) => `message ${n}`);
    await Promise.all(texts.map((text) => alpha.sendMessage(beta.agentId, text)));
    await listening.until(40);
    expect(listening.handled).toHaveLength(40);
    expect(new Set(listening.handled.map(({ message }) => message))).toEqual(new Set(texts));
  });

  it('is told when another program listens for the same agent, and when the agent is no more', async () => {
    await using server = await startTestServer();
    await using data = await tempDir();
    const options = {
      serverUrl: server.url,
      sessionId: 's',
      name: 'Beta',
      credentialsFile: data.file('beta.json'),
    };
    await using first = new AgentClient(options);
    await first.register();
    const { promise: isThere, resolve: there } = Promise.withResolvers<unknown>();
    const replaced = first.listen(there);
    await first.sendMessage(first.agentId, 'Me.');
    await isThere;
    await using second = new AgentClient(options);
    expect((await second.register()).agent_id).toBe('beta-s');
    const ended = second.listen(() => undefined).catch((error: unknown) => error);
    await expect(replaced).rejects.toMatchObject({ code: 'REPLACED' });
    await first.deregister();
    expect(await ended).toMatchObject({ code: 'AGENT_NOT_FOUND' });
  });

  it('cannot take a name that is taken, its own included, without its credentials', async () => {
    await using server = await startTestServer();
    const options = { serverUrl: server.url, sessionId: 's', name: 'Beta' };
    await using first = new AgentClient(options);
    const { client_id, client_secret, peers } = await first.register();
    expect(peers).toEqual([]);
    await using stranger = new AgentClient(options);
    await expect(stranger.register()).rejects.toMatchObject({ code: 'AGENT_TAKEN' });
    await using again = new AgentClient({
      ...options,
      ...(client_id && { clientId: client_id }),
      ...(client_secret && { clientSecret: client_secret }),
    });
    expect((await again.register()).agent_id).toBe('beta-s');
  });
});

describe('a line that breaks', () => {
  it('in the middle of a stream, again and again, loses and repeats nothing', {
    timeout: 60_000,
  }, async () => {
    await using server = await startTestServer({ RATE_LIMIT_AGENT_PER_SECOND: '1000' });
    await using proxy = await TcpProxy.start(Number(new URL(server.url).port));
    const { alpha, beta } = await pair(server.url, `http://127.0.0.1:${proxy.port}`);
    await using _alpha = alpha;
    await using _beta = beta;
    const texts = Array.from({ length: 120 }, (_, n) => `message ${n}`);
    const handled: unknown[] = [];
    const troubles: string[] = [];
    const { promise: all, resolve } = Promise.withResolvers<void>();
    const stop = new AbortController();
    const listening = beta.listen(
      ({ message }) => {
        handled.push(message);
        if (handled.length % 25 === 0) proxy.cut();
        if (handled.length === texts.length) resolve();
      },
      { signal: stop.signal, onReconnect: ({ code }) => troubles.push(code) },
    );
    for (const text of texts) await alpha.sendMessage(beta.agentId, text);
    await Promise.race([all, listening]);
    stop.abort();
    await listening;
    expect(handled).toEqual(texts);
    expect(troubles).toContain('DISCONNECTED');
  });

  it('because the server was killed: what was acknowledged to the sender arrives, once', {
    timeout: 60_000,
  }, async () => {
    await using data = await tempDir();
    const env = testEnv(data.path);
    await using server = await ServerProcess.start(env);
    const { alpha, beta } = await pair(server.url);
    await using _alpha = alpha;
    await using _beta = beta;
    await using listening = listenTo(beta);
    await alpha.sendMessage(beta.agentId, 'before');
    await listening.until(1);
    const last = insist(alpha, beta.agentId, 'at the very moment');
    await server.kill();
    await using _again = await ServerProcess.start({ ...env, PORT: new URL(server.url).port });
    await last;
    await alpha.sendMessage(beta.agentId, 'after');
    await listening.until(3);
    expect(listening.handled.map(({ message }) => message)).toEqual([
      'before',
      'at the very moment',
      'after',
    ]);
  });
});
