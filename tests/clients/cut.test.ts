import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { Session } from '../../clients/typescript/client/session.ts';
import type { Arguments, ToolName } from '../../clients/typescript/client/tools.ts';
import { CHANNEL, fakeHandlers, listen, startApp, TOKEN } from '../http/support.ts';

/** Calls of which each kind of waiting has one. */
const CALLS: { readonly [Name in ToolName]?: Arguments<Name> } = {
  sync_messages: { channel_id: CHANNEL, timeout_ms: 45_000 },
  post_message: { channel_id: CHANNEL, body: 'guess 42' },
  get_channel_info: { channel_id: CHANNEL },
};
const NAMES = Object.keys(CALLS) as (keyof typeof CALLS)[];

/** A server whose calls never end by themselves, and whose connections can be cut as a kill does. */
async function startHanging() {
  await using stack = new AsyncDisposableStack();
  const end = Promise.withResolvers<object>();
  const hang = () => end.promise;
  const { handlers, reached } = fakeHandlers(Object.fromEntries(NAMES.map((name) => [name, hang])));
  const { app } = stack.use(await startApp({ handlers }));
  stack.defer(() => end.resolve({}));
  const url = await listen(app);
  const held = stack.move();
  return {
    url,
    reached,
    cut: () => app.server.closeAllConnections(),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** How a stream that has begun comes to its end. */
const ENDS = {
  'is cut': (response: ServerResponse) => void response.destroy(),
  'ends as a whole one does': (response: ServerResponse) => void response.end(),
};

/** A proxy that begins the answer of each `tools/call`, and has it end before it said anything. */
async function startMute(server: string, end: (response: ServerResponse) => void) {
  const mute = createServer((request, response) => {
    void text(request).then((body) =>
      body.includes('tools/call') ? begin(response, end) : pass(server, request, body, response),
    );
  });
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  return {
    url: `http://127.0.0.1:${(mute.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      mute.closeAllConnections();
      mute.close();
    },
  };
}

function begin(response: ServerResponse, end: (response: ServerResponse) => void): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(': keepalive\n\n', () => end(response));
}

async function pass(server: string, request: IncomingMessage, body: string, response: ServerResponse) {
  const { method = '', url = '/', headers } = request;
  const { host: _host, connection: _connection, 'content-length': _length, ...sent } = headers;
  const answer = await fetch(new URL(url, server), {
    method,
    headers: sent as Record<string, string>,
    ...(method === 'POST' ? { body } : {}),
  });
  const type = answer.headers.get('content-type');
  response.writeHead(answer.status, type ? { 'content-type': type } : {}).end(await answer.text());
}

describe('a call whose connection is cut before the answer', () => {
  it.each(NAMES)('%s fails at once, and the next one is answered', async (name) => {
    await using server = await startHanging();
    await using session = await Session.connect(server.url, TOKEN, 'Alice');
    const call = session.call(name, CALLS[name] as never);
    await expect.poll(() => server.reached.length).toBe(1);
    server.cut();
    await expect(call).rejects.toMatchObject({ name: 'Problem', code: 'UNREACHABLE' });
    expect(await session.call('list_channels', {})).toEqual({ reached: 'list_channels' });
  });

  it.each(Object.entries(ENDS))('fails at once where its stream had begun, and %s', async (_name, end) => {
    await using server = await startHanging();
    await using mute = await startMute(server.url, end);
    await using session = await Session.connect(mute.url, TOKEN, 'Alice');
    await expect(session.call('list_channels', {})).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
