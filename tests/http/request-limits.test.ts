import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { joinPeople } from '../../control-plane/src/assembly/people.ts';
import { readConfig } from '../../control-plane/src/config/config.ts';
import { ALL_OPERATIONS, pathsOf } from '../../control-plane/src/http/operations.ts';
import { identityRoutes } from '../../control-plane/src/http/oauth/identity-routes.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { ManualClock } from '../support/manual-time.ts';
import { AUTH, fakeHandlers, listen, startApp } from './support.ts';

const PUBLIC_URL = 'https://play.example';
const KIB = 1_024;
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** The whole server in accounts mode, over services that remember who reached them. */
async function open(onPost: (url: string) => void = () => {}) {
  const key = Buffer.alloc(32, 7);
  const config = readConfig({ AUTH_MODE: 'accounts', PUBLIC_URL });
  const people = joinPeople({ config, records: new MemoryRecords(), clock: new ManualClock(), key });
  const { handlers, reached } = fakeHandlers();
  const server = await startApp({
    handlers,
    identityRoutes: async (app) => {
      app.addHook('onRoute', ({ method, url }) => {
        if ([method].flat().includes('POST')) onPost(url);
      });
      await app.register(identityRoutes({ ...people, publicUrl: PUBLIC_URL, key }));
    },
  });
  return { ...server, reached, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** The addresses of OAuth and of the pages for people that take a body. */
async function formRoutes(): Promise<readonly string[]> {
  const urls: string[] = [];
  await using _server = await open((url) => urls.push(url));
  return urls;
}

const ENDPOINTS = ['/register', '/token', '/oauth/token', '/revoke', '/oauth/revoke'];
const FORMS = await formRoutes();

/** Where bodies are taken, how large they may be, and of which kinds. */
const rows = [
  ...['/mcp', '/', ...ALL_OPERATIONS.filter(({ method }) => method === 'POST').flatMap(pathsOf)].map(
    (url) => ({ url, limit: 256 * KIB, type: JSON_TYPE }),
  ),
  ...FORMS.flatMap((url) =>
    [JSON_TYPE, FORM_TYPE].map((type) => ({ url, type, limit: (ENDPOINTS.includes(url) ? 64 : 256) * KIB })),
  ),
];

it('OAuth and the pages for people are looked at whole', () => {
  expect(FORMS).toEqual(expect.arrayContaining([...ENDPOINTS, '/signin', '/signup', '/oauth/authorize']));
});

const post = (url: string, type: string, payload: string | Readable) => ({
  method: 'POST' as const,
  url,
  headers: { ...AUTH, 'content-type': type },
  payload,
});

describe.each(rows)('POST $url of $type', ({ url, limit, type }) => {
  const filled = (bytes: number) => (type === FORM_TYPE ? 'a='.padEnd(bytes, 'x') : '""'.padEnd(bytes, ' '));

  it('is refused where its length says too much', async () => {
    await using server = await open();
    const { statusCode } = await server.app.inject(post(url, type, filled(limit + 1)));
    expect([statusCode, server.reached]).toEqual([413, []]);
  });

  it('is refused where it goes on for too long', async () => {
    await using server = await open();
    const chunks = Readable.from(Array.from({ length: 80 }, () => filled(4 * KIB)));
    const { statusCode } = await server.app.inject(post(url, type, chunks));
    expect([statusCode, server.reached]).toEqual([413, []]);
  });

  it('is read up to the limit', async () => {
    await using server = await open();
    const { statusCode } = await server.app.inject(post(url, type, filled(limit)));
    // Not what was asked for, but read: what is wrong is what it says.
    expect([200, 400, 401, 403]).toContain(statusCode);
  });
});

describe.each(rows.filter(({ type }) => type === JSON_TYPE))('POST $url of JSON', ({ url }) => {
  it.each([
    ['nested too deeply', `${'['.repeat(65)}${']'.repeat(65)}`],
    ['nested without end', '['.repeat(60 * KIB)],
    ['nested in objects', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`],
  ])('that is %s is refused', async (_what, payload) => {
    await using server = await open();
    const { statusCode } = await server.app.inject(post(url, JSON_TYPE, payload));
    expect([statusCode, server.reached]).toEqual([400, []]);
  });
});

describe('what stands before the body', () => {
  it.each([
    ['an address', '/who?channel_id=', {}],
    ['a header', '/who', { 'x-long': 'x'.repeat(17 * KIB) }],
    ['a token', '/who', { authorization: `Bearer ${'x'.repeat(17 * KIB)}` }],
  ])('%s of over 16 KiB is refused', async (what, path, headers) => {
    await using server = await open();
    const url = await listen(server.app);
    const long = what === 'an address' ? path + 'x'.repeat(17 * KIB) : path;
    const answer = await fetch(url + long, { headers });
    expect([answer.status, server.reached]).toEqual([431, []]);
  });
});
