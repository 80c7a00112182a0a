import type { RequestListener, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type Site, startSite } from '../../e2e/support/site.ts';
import { echo, serve, TableResolver } from '../../egress/support.ts';
import { bytesOf, documentOf, localDocuments } from './support.ts';

const json = { 'content-type': 'application/json' };
const urlOf = (site: { readonly port: number }, host = 'site.test') =>
  new URL(`https://${host}:${site.port}/client.json`);
const UNREACHABLE = { kind: 'away', message: "The host of the client's document cannot be reached." };

const startAnswering = (answer: (response: ServerResponse) => void): Promise<Site> =>
  startSite((_request, response) => answer(response));

describe('a document on a public host', () => {
  it('is read with its Cache-Control', async () => {
    const body = bytesOf(documentOf('https://site.test/client.json'));
    const seen: unknown[] = [];
    const listener: RequestListener = (request, response) => {
      seen.push(request.method, request.url, request.headers);
      response.writeHead(200, { ...json, 'cache-control': 'max-age=60' }).end(body);
    };
    await using site = await startSite(listener);
    const { documents, log } = localDocuments();
    const url = new URL(`https://site.test:${site.port}/a/client.json?b=c`);
    expect(await documents.read(url)).toEqual({ body, cacheControl: 'max-age=60' });
    expect(seen).toEqual([
      'GET',
      '/a/client.json?b=c',
      {
        host: url.host,
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'MCP-Multiplayer',
        connection: 'close',
      },
    ]);
    expect(log).toEqual([]);
  });

  it.each([
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/oauth-client+json',
    'application/json ;x=y',
  ])('may be of type %s', async (type) => {
    await using site = await startAnswering((response) => response.setHeader('content-type', type).end('{}'));
    expect((await localDocuments().documents.read(urlOf(site))).body.toString()).toBe('{}');
  });

  it('may have 10,240 bytes', async () => {
    await using site = await startSite('x'.repeat(10_240));
    expect((await localDocuments().documents.read(urlOf(site))).body).toHaveLength(10_240);
  });
});

describe('an answer is refused', () => {
  it.each<[string, (response: ServerResponse) => void, string]>([
    ...[301, 302, 303, 307, 308].map((status): [string, (response: ServerResponse) => void, string] => [
      `that redirects by ${status}`,
      (response) => response.writeHead(status, { ...json, location: '/elsewhere' }).end('{}'),
      `status ${status}`,
    ]),
    ['that wants another protocol', (response) => response.writeHead(101, json).end(), 'status 101'],
    ['of status 404', (response) => response.writeHead(404, json).end('{}'), 'status 404'],
    ['of status 410', (response) => response.writeHead(410, json).end('{}'), 'status 410'],
    ['of status 201', (response) => response.writeHead(201, json).end('{}'), 'status 201'],
    ['of status 204', (response) => response.writeHead(204, json).end(), 'status 204'],
    ['without a type', (response) => response.end('{}'), 'not of type'],
    [
      'that is a page',
      (response) => response.setHeader('content-type', 'text/html').end('{}'),
      'not of type',
    ],
    [
      'that is nearly JSON',
      (response) => response.setHeader('content-type', 'application/json5').end('{}'),
      'not of type',
    ],
    [
      'that is compressed',
      (response) => response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end('{}'),
      'compressed',
    ],
    [
      'of more than 10,240 bytes',
      (response) => response.writeHead(200, json).end('x'.repeat(10_241)),
      'larger than 10240 bytes',
    ],
  ])('%s', async (_what, answer, problem) => {
    await using site = await startAnswering(answer);
    const { documents, log } = localDocuments();
    await expect(documents.read(urlOf(site))).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining(problem),
    });
    expect(site.asked).toEqual(['/client.json']);
    expect(log).toEqual([{ host: 'site.test', reason: expect.stringContaining(problem) }]);
  });

  it.each([
    ['it is too large', json],
    ['it is known to be a page', { 'content-type': 'text/html' }],
  ])('as soon as %s, however much would follow', async (_why, type) => {
    const closed = Promise.withResolvers<void>();
    await using site = await startAnswering((response) => {
      response.on('close', () => closed.resolve()).writeHead(200, type);
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    await expect(localDocuments().documents.read(urlOf(site))).rejects.toMatchObject({ kind: 'refused' });
    await closed.promise;
  });
});

describe('a host is away', () => {
  it.each([401, 403, 429, 500, 503])('that answers with status %i', async (status) => {
    await using site = await startAnswering((response) => response.writeHead(status, json).end('{}'));
    await expect(localDocuments().documents.read(urlOf(site))).rejects.toMatchObject({
      kind: 'away',
      message: `The address of the client's document answers with status ${status}.`,
    });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['that never answers', () => {}],
    ['that never ends', (response) => void response.writeHead(200, json).write('{')],
  ])('%s, and its connection is closed at the limit', async (_what, answer) => {
    const closed = Promise.withResolvers<void>();
    await using site = await startAnswering((response) => {
      response.on('close', () => closed.resolve());
      answer(response);
    });
    const { documents } = localDocuments({ timeLimitMs: 300 });
    await expect(documents.read(urlOf(site))).rejects.toMatchObject(UNREACHABLE);
    await closed.promise;
  });

  it('that sends a byte now and then: the limit is for all of it', async () => {
    await using site = await startAnswering((response) => {
      response.writeHead(200, json);
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    });
    const { documents, log } = localDocuments({ timeLimitMs: 300 });
    await expect(documents.read(urlOf(site))).rejects.toMatchObject(UNREACHABLE);
    expect(log).toMatchObject([{ reason: 'Reading the document of a client took over 300 ms.' }]);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['that hangs up', (response) => response.socket?.destroy()],
    [
      'that hangs up in the middle',
      (response) =>
        response.writeHead(200, { ...json, 'content-length': 9 }).write('{', () => response.destroy()),
    ],
    [
      'that sends a header without end',
      (response) => response.writeHead(200, { x: 'y'.repeat(20_000) }).end(),
    ],
  ])('%s', async (_what, answer) => {
    await using site = await startAnswering(answer);
    await expect(localDocuments().documents.read(urlOf(site))).rejects.toMatchObject(UNREACHABLE);
  });

  it('whose name does not resolve, or resolves too late', async () => {
    const { documents, log } = localDocuments({ timeLimitMs: 50 });
    await expect(documents.read(new URL('https://unknown.test/x'))).rejects.toMatchObject(UNREACHABLE);
    const silent = { resolve: () => new Promise<never>(() => {}) };
    const late = localDocuments({ timeLimitMs: 50, resolver: silent });
    await expect(late.documents.read(new URL('https://site.test/x'))).rejects.toMatchObject(UNREACHABLE);
    expect(log).toEqual([{ host: 'unknown.test', reason: 'not_resolved' }]);
  });
});

describe('a host proves its name', () => {
  it('to an authority that is trusted', async () => {
    await using site = await startSite('{}');
    const { documents, log } = localDocuments({ authorities: undefined });
    await expect(documents.read(urlOf(site))).rejects.toMatchObject(UNREACHABLE);
    expect(log).toEqual([{ host: 'site.test', reason: 'SELF_SIGNED_CERT_IN_CHAIN' }]);
    await localDocuments().documents.read(urlOf(site));
    expect(site.asked).toHaveLength(1);
  });

  it('and no other name', async () => {
    await using site = await startSite('{}');
    const resolver = new TableResolver({ 'other.test': [['127.0.0.1']] });
    const { documents, log } = localDocuments({ resolver });
    await expect(documents.read(urlOf(site, 'other.test'))).rejects.toMatchObject(UNREACHABLE);
    expect(log).toEqual([{ host: 'other.test', reason: 'ERR_TLS_CERT_ALTNAME_INVALID' }]);
    expect(site.asked).toEqual([]);
  });

  it('whatever the environment says', async () => {
    await using site = await startSite('{}');
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const { documents } = localDocuments({ authorities: undefined });
      await expect(documents.read(urlOf(site))).rejects.toMatchObject(UNREACHABLE);
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
    expect(site.asked).toEqual([]);
  });

  it('by TLS, not by plain HTTP', async () => {
    await using plain = await serve((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n{}'));
    await expect(localDocuments().documents.read(urlOf(plain))).rejects.toMatchObject(UNREACHABLE);
  });
});

describe('an address that is not public', () => {
  it.each([
    'https://localhost/client',
    'https://server.local/client',
    'https://metadata.google.internal/client',
    'https://intranet/client',
    'https://127.0.0.1/client',
    'https://93.184.216.34/client',
    'https://[::1]/client',
    'https://[2606:4700::1111]/client',
  ])('%s is not even looked up', async (url) => {
    const { documents, resolver } = localDocuments();
    await expect(documents.read(new URL(url))).rejects.toMatchObject({
      kind: 'refused',
      message: 'The host of the client_id is not a public name.',
    });
    expect(resolver.asked).toEqual([]);
  });

  it.each(['10.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', '192.168.1.1', 'fd00::1', '0.0.0.0'])(
    'behind a public name is not dialled, and the answer does not tell: %s',
    async (address) => {
      await using site = await startSite('{}');
      for (const answer of [[address], ['127.0.0.1', address], [address, '127.0.0.1']]) {
        const resolver = new TableResolver({ 'site.test': [answer] });
        const { documents, log } = localDocuments({ resolver });
        await expect(documents.read(urlOf(site))).rejects.toMatchObject(UNREACHABLE);
        expect(log).toEqual([{ host: 'site.test', reason: 'denied_address' }]);
      }
      expect(site.asked).toEqual([]);
    },
  );

  it('is not dialled on this machine, where tests make no exception', async () => {
    await using site = await serve(echo);
    const { documents, log } = localDocuments({ allowAddress: () => false });
    await expect(documents.read(urlOf(site))).rejects.toMatchObject(UNREACHABLE);
    expect(log).toEqual([{ host: 'site.test', reason: 'denied_address' }]);
    expect(site.arrivals).toEqual([]);
  });

  it('does not come in by a second look-up: one is made for each read, and what was judged is dialled', async () => {
    await using site = await startSite('{}');
    const resolver = new TableResolver({ 'site.test': [['127.0.0.1'], ['10.0.0.1']] });
    const { documents } = localDocuments({ resolver });
    await documents.read(urlOf(site));
    expect(resolver.asked).toEqual(['site.test']);
    await expect(documents.read(urlOf(site))).rejects.toMatchObject(UNREACHABLE);
    expect(resolver.asked).toEqual(['site.test', 'site.test']);
    expect(site.asked).toHaveLength(1);
  });

  it('does not come in by a redirect', async () => {
    await using inside = await serve(echo, '127.0.0.9');
    await using site = await startAnswering((response) =>
      response.writeHead(302, { location: `https://127.0.0.9:${inside.port}/client.json` }).end(),
    );
    await expect(localDocuments().documents.read(urlOf(site))).rejects.toMatchObject({ kind: 'refused' });
    expect(inside.arrivals).toEqual([]);
  });

  it('does not come in by a proxy that the environment names', async () => {
    await using proxy = await serve(echo, '127.0.0.7');
    await using site = await startSite('{}');
    const before = { ...process.env };
    for (const key of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'https_proxy']) {
      process.env[key] = `http://127.0.0.7:${proxy.port}`;
    }
    process.env['NODE_USE_ENV_PROXY'] = '1';
    try {
      await localDocuments().documents.read(urlOf(site));
    } finally {
      process.env = before;
    }
    expect([proxy.arrivals.length, site.asked.length]).toEqual([0, 1]);
  });
});
