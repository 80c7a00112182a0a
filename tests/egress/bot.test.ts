import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContainerSandbox } from '../../control-plane/src/sandbox/containers/sandbox.ts';
import type { Network } from '../../control-plane/src/sandbox/port.ts';
import { call, program } from '../sandbox/support/programs.ts';
import { startSandbox } from '../sandbox/support/sandbox.ts';
import { flood, type LocalServer, serve, testEgress } from './support.ts';

/** A bot that posts what one expression came to. */
const saying = (module: string, expression: string) => `
import ${module}

class Bot:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_message(self, msg):
        try:
            got = ${expression}
        except Exception as error:
            got = repr(error).split('(')[0]
        self.ctx.post('bot', {'got': got})
`;

const FLOODED = `
import socket

class Bot:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_message(self, msg):
        held = [socket.create_connection(('flood.example', msg['port'])) for _ in range(16)]
        for one in held:
            one.recv(1)
        self.ctx.post('bot', {'got': len(held)})
`;

describe('a real bot in a real container', { timeout: 60_000 }, () => {
  const stack = new AsyncDisposableStack();
  const web = createServer((request, response) => response.end(`${request.method} ${request.url}`));
  const { egress, resolver } = testEgress({
    names: { 'web.example': [['127.0.0.1']], 'flood.example': [['127.0.0.1']] },
  });
  let sandbox: ContainerSandbox;
  let flooding: LocalServer;
  let port = 0;

  beforeAll(async () => {
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    port = (web.address() as AddressInfo).port;
    flooding = stack.use(await serve(flood));
    sandbox = await startSandbox({ image: process.env['RUNNER_IMAGE'] ?? '', egress });
    stack.defer(() => sandbox.close());
  });
  afterAll(async () => {
    await stack.disposeAsync();
    web.closeAllConnections();
    web.close();
  });

  const run = (source: string, network: Network, message: Record<string, string | number> = {}) =>
    sandbox.run({ ...program(source), network }, call([message]));
  const url = (host: string) => `http://${host}:${port}/page`;

  it.each([
    ['requests', () => `requests.get('${url('web.example')}', timeout=4).text`],
    ['urllib.request', () => `urllib.request.urlopen('${url('web.example')}', timeout=4).read().decode()`],
  ])('fetches a page with %s, unchanged', async (module, expression) => {
    const result = await run(saying(module, expression()), [`web.example:${port}`]);
    expect(result).toMatchObject({
      outcome: 'ok',
      connections: [{ host: 'web.example', port, address: '127.0.0.1' }],
    });
    expect(result.outcome === 'ok' && JSON.parse(result.reply)).toMatchObject({
      posts: [{ body: { got: 'GET /page' } }],
    });
  });

  it.each<[string, Network, string]>([
    ['web.example', ['other.example'], 'denied_host'],
    ['web.example', 'public', 'denied_port'],
    ['127.0.0.1', ['127.0.0.1'], 'denied_port'],
    ['unknown.example', ['*'], 'denied_port'],
  ])('is told why it may not connect to %s by %j', async (host, network, outcome) => {
    const asked = resolver.asked.length;
    const result = await run(saying('requests', `requests.get('${url(host)}', timeout=4).text`), network);
    expect(result).toMatchObject({ outcome: 'ok', connections: [{ host, outcome, address: null }] });
    expect(result.outcome === 'ok' && JSON.parse(result.reply)).toMatchObject({
      posts: [{ body: { got: 'ConnectionError' } }],
    });
    expect(resolver.asked).toHaveLength(asked);
  });

  it('holds up nobody with sixteen flooded connections that it does not read', async () => {
    const bot = { ...program(FLOODED), network: [`flood.example:${flooding.port}`] };
    for (let hook = 0; hook < 2; hook++) {
      const result = await sandbox.run(bot, call([{ port: flooding.port }]));
      expect(result).toMatchObject({ outcome: 'ok' });
      expect(result.outcome === 'ok' && result.connections.map((each) => each.outcome)).toEqual(
        Array.from({ length: 16 }, () => 'cut'),
      );
    }
    expect(egress.open).toBe(0);
    const start = performance.now();
    expect(await sandbox.run({ ...bot, network: 'off' }, call([{ port: 0 }]))).toMatchObject({
      connections: [],
    });
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
