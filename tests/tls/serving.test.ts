import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { Agent, type RequestOptions, request } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { followCertificate } from '../../control-plane/src/assembly/follow-certificate.ts';
import { noMetrics } from '../../control-plane/src/kernel/metrics.ts';
import { ServerCertificate } from '../../control-plane/src/tls/certificate.ts';
import { AUTH, CHANNEL, fakeHandlers, startApp } from '../http/support.ts';
import { legacyCall } from '../http/wire.ts';
import { type Made, workshop } from './support/certificates.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const SYNC = `/sync_messages?channel_id=${CHANNEL}`;

/** A server with a certificate of its own, which it looks at again every few milliseconds. */
async function startSecure() {
  await using stack = new AsyncDisposableStack();
  const shop = stack.use(await workshop());
  const [one, two] = [await shop.make('one'), await shop.make('two')];
  const files = { certFile: shop.file('cert.pem'), keyFile: shop.file('key.pem') };
  await writeFile(files.certFile, one.cert);
  await writeFile(files.keyFile, one.key);
  const certificate = await ServerCertificate.open(files, silent);

  const parked = Promise.withResolvers<void>();
  const go = Promise.withResolvers<unknown>();
  const { handlers } = fakeHandlers({
    sync_messages: () => {
      parked.resolve();
      return go.promise;
    },
  });
  const failures: string[] = [];
  const metrics = {
    ...noMetrics,
    request: (_route: string, _method: string, status: number) =>
      void (status >= 500 && failures.push(String(status))),
  };
  const config = { publicUrl: 'https://localhost', allowedHosts: [], allowedOrigins: [] };
  const { app } = stack.use(await startApp({ tls: certificate.options, handlers, metrics, config }));
  stack.defer(() => go.resolve({}));
  stack.use(followCertificate(certificate, app.server, silent, 5));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const held = stack.move();
  return {
    app,
    port,
    one,
    two,
    files,
    shop,
    failures,
    parked: parked.promise,
    go: () => go.resolve({ entries: [] }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

type Server = Awaited<ReturnType<typeof startSecure>>;

/** Sends a request, trusting the certificates that are given. */
async function ask({ port }: Server, trusted: readonly Made[], options: RequestOptions, body?: string) {
  const ca = trusted.map(({ cert }) => cert);
  const client = request({ host: '127.0.0.1', port, ca, headers: AUTH, ...options });
  client.end(body);
  const [answer] = await once(client, 'response');
  const shown = (answer.socket as TLSSocket).getPeerX509Certificate()?.fingerprint256;
  let text = '';
  for await (const part of answer) text += part;
  return { status: answer.statusCode as number, text, shown, reused: client.reusedSocket };
}

/** The fingerprint that a connection of its own is shown. */
async function shownBy(server: Server): Promise<string | undefined> {
  const trusted = [server.one, server.two];
  return (await ask(server, trusted, { path: '/ready', agent: false })).shown;
}

/** What becomes of a handshake: the protocol, or the error's code. */
async function handshake({ port }: Server, options: ConnectionOptions): Promise<string | null> {
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  try {
    await once(socket, 'secureConnect');
    return socket.getProtocol();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? null;
  } finally {
    socket.destroy();
  }
}

describe('a server with a certificate', () => {
  it('answers over HTTPS, by REST and by MCP, whoever trusts the certificate', async () => {
    await using server = await startSecure();
    const answer = await ask(server, [server.one], { path: '/list_channels' });
    expect(answer).toMatchObject({ status: 200, shown: server.one.fingerprint });
    const { method, url, headers, payload } = legacyCall('list_channels', '{}');
    const called = await ask(server, [server.one], { method, path: url, headers }, payload);
    expect(called.text).toContain('list_channels');
    await expect(ask(server, [server.two], { path: '/ready' })).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
  });

  it.each(['localhost', '127.0.0.1', '[::1]'])(
    'on this machine names itself as the client did: https://%s',
    async (name) => {
      await using server = await startSecure();
      const headers = { host: `${name}:${server.port}` };
      const { app } = server;
      const refused = await app.inject({ method: 'POST', url: '/mcp', headers });
      const metadata = `https://${name}:${server.port}/.well-known/oauth-protected-resource/mcp`;
      expect(refused.headers['www-authenticate']).toContain(`resource_metadata="${metadata}"`);
    },
  );

  it('speaks TLS 1.2 and 1.3, and nothing older', async () => {
    await using server = await startSecure();
    expect(await handshake(server, {})).toBe('TLSv1.3');
    expect(await handshake(server, { maxVersion: 'TLSv1.2' })).toBe('TLSv1.2');
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    expect(await handshake(server, old)).toMatch(/ALERT_PROTOCOL_VERSION/);
    expect(await handshake(server, {})).toBe('TLSv1.3');
  });

  it.each([
    ['plain HTTP', 'GET /ready HTTP/1.1\r\nhost: localhost\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a broken greeting', '\x16\x03\x01\x00\x05hello'],
  ])('hangs up on %s, and goes on', async (_, said) => {
    await using server = await startSecure();
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(said, 'latin1');
    socket.resume();
    await once(socket, 'close');
    expect((await ask(server, [server.one], { path: '/ready' })).status).toBe(200);
    expect(server.failures).toEqual([]);
  });

  it('tells a malformed request over TLS what is wrong with it', async () => {
    await using server = await startSecure();
    const socket = tls.connect({ host: '127.0.0.1', port: server.port, ca: server.one.cert });
    socket.write('no HTTP at all\r\n\r\n');
    let text = '';
    for await (const part of socket) text += part;
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*INVALID_REQUEST/);
  });

  it('shows new connections a renewed certificate; parked calls and open connections go on', async () => {
    await using server = await startSecure();
    using agent = disposable(new Agent({ keepAlive: true, maxSockets: 1 }));
    const kept = { path: '/ready', agent: agent.agent };
    expect((await ask(server, [server.one], kept)).shown).toBe(server.one.fingerprint);
    const waiting = ask(server, [server.one], { path: SYNC, agent: false });
    await server.parked;

    await writeFile(server.shop.file('new.key'), server.two.key);
    await writeFile(server.shop.file('new.pem'), server.two.cert);
    await rename(server.shop.file('new.key'), server.files.keyFile);
    // The key alone is no pair yet: the certificate of before is shown.
    expect(await shownBy(server)).toBe(server.one.fingerprint);
    await rename(server.shop.file('new.pem'), server.files.certFile);
    await vi.waitUntil(async () => (await shownBy(server)) === server.two.fingerprint, 20_000);

    // Over the connection of before: who trusts the old certificate alone is still answered.
    expect(await ask(server, [server.one], kept)).toMatchObject({ status: 200, reused: true });
    server.go();
    expect(await waiting).toMatchObject({ status: 200, shown: server.one.fingerprint });
  });

  it('does not let a session of before the renewal show the old certificate', async () => {
    await using server = await startSecure();
    const options = { host: '127.0.0.1', port: server.port, rejectUnauthorized: false } as const;
    const first = tls.connect(options);
    const [session] = await once(first, 'session');
    first.destroy();
    await writeFile(server.files.certFile, server.two.cert);
    await writeFile(server.files.keyFile, server.two.key);
    await vi.waitUntil(async () => (await shownBy(server)) === server.two.fingerprint, 20_000);
    const again = tls.connect({ ...options, session });
    await once(again, 'secureConnect');
    expect(again.isSessionReused()).toBe(false);
    expect(again.getPeerX509Certificate()?.fingerprint256).toBe(server.two.fingerprint);
    again.destroy();
  });

  it('ends soon with connections open that say nothing, with TLS and before it', async () => {
    await using server = await startSecure();
    using agent = disposable(new Agent({ keepAlive: true }));
    await ask(server, [server.one], { path: '/ready', agent: agent.agent });
    const agreed = tls.connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false });
    const bare = connect(server.port, '127.0.0.1');
    await Promise.all([once(agreed, 'secureConnect'), once(bare, 'connect')]);
    const closed = [agreed, bare].map((socket) => once(socket.resume(), 'close'));
    const start = performance.now();
    await server.app.close();
    await Promise.all(closed);
    // TLS would be overdue after ten seconds, a first request after thirty.
    expect(performance.now() - start).toBeLessThan(8_000);
  });
});

function disposable(agent: Agent) {
  return { agent, [Symbol.dispose]: () => agent.destroy() };
}
