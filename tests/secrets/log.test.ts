import { describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { askAdmin } from '../../control-plane/src/operator/ask.ts';
import { Guest } from '../accounts/support/guest.ts';
import { testEnv } from '../support/server-env.ts';
import { ServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { askFor, misplace, takeToken, takeTokenBySecret } from './support/errands.ts';
import { Keeper } from './support/keeper.ts';
import { play } from './support/play.ts';
import { bearer, fieldsOf, type Sent, Visitor } from './support/visitor.ts';

/** A server that logs as much as it can, and all that it and its launcher have written. */
async function startTalkative(settings: NodeJS.ProcessEnv = {}) {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await tempDir());
  const written: string[] = [];
  const env = testEnv(data.path, { LOG_LEVEL: 'trace', HOOK_WALL_MS: '500', ...settings });
  const server = stack.use(await ServerProcess.start(env, [], undefined, (text) => written.push(text)));
  const held = stack.move();
  return {
    url: server.url,
    operatorSocket: data.file('operator.sock'),
    /** Ends both processes. @returns everything they ever wrote */
    async endAndRead() {
      await server.stop();
      return written.join('');
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

it('no token, code, handle or text of a player is written by a server in open mode', async () => {
  const keeper = new Keeper();
  await using server = await startTalkative();
  const visitor = new Visitor(server.url, keeper);
  const alice = await takeToken(visitor, keeper);
  const bob = await takeTokenBySecret(visitor);
  const codes = await play(visitor, keeper, [alice, bob]);
  await misplace(visitor, alice, codes);

  const output = await server.endAndRead();
  expect(output).toContain('a hook failed');
  expect(output).toContain('a hook was killed');
  const kinds = ['mcp_at_', 'mcp_rt_', 'mcp_ac_', 'mcp_cs_', 'inv_', 'rejoin_', 'code_verifier', 'state'];
  expect([...keeper.kinds]).toEqual(expect.arrayContaining(kinds));
  expect(keeper.foundIn(output)).toEqual([]);
});

it('nor a password, session or access code in accounts mode', async () => {
  const keeper = new Keeper();
  await using server = await startTalkative({ AUTH_MODE: 'accounts' });
  const visitor = new Visitor(server.url, keeper);
  const guest = new Guest(injecting(visitor), server.url, '127.0.0.1');
  const password = keeper.keep('password', 'correct horse 5e1f battery');
  const mistyped = keeper.keep('another password', 'correct hoarse 77 battery');
  const access_code = keeper.keep(
    'access code',
    lastWord(await askAdmin(server.operatorSocket, ['access-code'])),
  );
  await guest.get('/signin');
  await guest.submit('/signup', { access_code: `${access_code}x`, name: 'ada', password });
  await guest.submit('/signup', { access_code, name: 'ada', password });
  await guest.get('/account');
  await guest.submit('/signout', {});
  await guest.get('/signin');
  await guest.submit('/signin', { name: 'ada', password: mistyped });
  await guest.post(
    '/signin',
    `name=ada&password=${encodeURIComponent(password)}&form_token=${keeper.keep('form token', 'wrong-form-token')}`,
  );
  await guest.get(`/signin?password=${encodeURIComponent(password)}`);
  await guest.submit('/signin', { name: 'ada', password });
  const { path, exchange } = await askFor(visitor, keeper);
  await guest.get(path);
  const { location } = await guest.submit('/oauth/authorize', { decision: 'allow' });
  const { access_token: token } = fieldsOf<{ access_token: string }>(await exchange(location));
  expect((await visitor.ask('/list_channels', { headers: bearer(token) })).status).toBe(200);
  for (const value of guest.cookies.values()) keeper.keep('cookie', value);
  await misplace(visitor, token, [...guest.cookies.values()].slice(0, 1));

  const output = await server.endAndRead();
  expect(output).not.toBe('');
  expect([...keeper.kinds]).toEqual(expect.arrayContaining(['mcp_ss_', 'mcp_fm_', 'mcp_at_', 'mcp_ac_']));
  expect(keeper.foundIn(output)).toEqual([]);
});

describe('a leak is found', () => {
  const token = `mcp_at_${'aZ0-_'.repeat(8)}xyz`;
  const password = 'correct "horse" & battery';

  const where: [string, (secret: string) => string][] = [
    ['as it is', (secret) => `{"level":20,"token":"${secret}"}`],
    ['in a URL', (secret) => `GET /x?t=${encodeURIComponent(secret)}`],
    ['in a form', (secret) => new URLSearchParams({ secret }).toString()],
    ['in a JSON text', (secret) => JSON.stringify({ secret })],
    ['in hex', (secret) => Buffer.from(secret).toString('hex')],
    ...['', 'a', 'ab', 'abc'].flatMap((before) =>
      (['base64', 'base64url'] as const).map((kind): [string, (secret: string) => string] => [
        `in ${kind} behind ${before.length} bytes`,
        (secret) => Buffer.from(`${before}${secret}:z`).toString(kind),
      ]),
    ),
  ];

  it.each(where)('%s', (_where, spell) => {
    const keeper = new Keeper();
    keeper.read(`{"access_token":"${token}"}`);
    keeper.keep('password', password);
    expect(keeper.foundIn('nothing here')).toEqual([]);
    expect(keeper.foundIn(`…${spell(token)}…`)).toEqual(['mcp_at_']);
    expect(keeper.foundIn(`…${spell(password)}…`)).toEqual(['password']);
  });
});

const lastWord = (text: string) => /\S{12,}/.exec(text)?.[0] ?? '';

/** A visitor in the place of an application that is asked without a network. */
function injecting(visitor: Visitor): FastifyInstance {
  const inject = async ({
    method,
    url,
    headers,
    payload,
  }: {
    method: string;
    url: string;
    headers: Record<string, string>;
    payload?: string;
  }) => {
    const { host, ...rest } = headers;
    const sent: Sent = { method, headers: rest, ...(payload === undefined ? {} : { body: payload }) };
    const { status, text, headers: answered } = await visitor.ask(url, sent);
    const named = Object.fromEntries(answered);
    return { statusCode: status, body: text, headers: { ...named, 'set-cookie': answered.getSetCookie() } };
  };
  return { inject } as unknown as FastifyInstance;
}
