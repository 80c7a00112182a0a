import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { AccountPages } from '../../clients/typescript/account/browser.ts';
import { runClient } from '../clients/support/cli.ts';
import { testEnv } from '../support/server-env.ts';
import { ServerProcess } from '../support/server-process.ts';
import { freePort } from '../support/service.ts';
import { tempDir } from '../support/temp-dir.ts';

const run = promisify(execFile);
const ADMIN = fileURLToPath(new URL('../../control-plane/src/commands/admin.ts', import.meta.url));
const PASSWORD = 'correct horse battery';

/** A server where people sign in, its operator, and people at command lines. */
async function openHouse() {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  const env = testEnv(dir.path, { AUTH_MODE: 'accounts', PORT: String(await freePort()) });
  let server = await ServerProcess.start(env);
  stack.defer(async () => void (await server.stop()));
  const url = server.url;
  const admin = async (...words: string[]) =>
    (await run(process.execPath, [ADMIN, ...words], { env: { ...process.env, ...env } })).stdout.trim();
  const held = stack.move();
  return {
    url,
    admin,
    stop: () => server.stop(),
    async start() {
      server = await ServerProcess.start(env);
    },
    /** Makes an account, and a client for a command line of its own. */
    async person(name: string) {
      const [access_code = ''] = (await admin('access-code')).split('\n');
      const pages = new AccountPages(url);
      await pages.token();
      await pages.send('/signup', { access_code, name, password: PASSWORD });
      await pages.read();
      const { made } = await pages.send('/account/clients', { name: 'command line' });
      const { client_id = '', client_secret = '' } = made as Record<string, string>;
      const client = { MCP_CLIENT_ID: client_id, MCP_CLIENT_SECRET: client_secret };
      const common = { MCP_BASE_URL: url, MCP_TOKEN_FILE: dir.file(`${name}.json`) };
      return {
        client_id,
        run: (...args: string[]) => runClient('cli.ts', args, { ...common, ...client }),
        account: (...args: string[]) =>
          runClient('account.ts', args, { ...common, MCP_ACCOUNT: name, MCP_PASSWORD: PASSWORD }),
      };
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

it('people with accounts play, keep them over a restart, and lose them by a ban', {
  timeout: 120_000,
}, async () => {
  await using house = await openHouse();
  const [ada, bob] = [await house.person('ada'), await house.person('bob')];
  const slots = ['--slot', 'bot:ref', '--slot', 'invite:a', '--slot', 'invite:b'];
  const made = await ada.run('create', '--name', 'Game', ...slots, '--preset', 'GuessBot', '--json');
  const { channel_id, invites } = JSON.parse(made.out);
  expect((await ada.run('join', invites[0])).out).toContain('You are s1');
  expect((await bob.run('join', invites[1])).out).toContain('You are s2');
  expect((await ada.run('post', channel_id, 'guess 50')).out).toContain('bot_GuessBot_0: judge');

  await house.stop();
  // Without a server the command works on the store itself.
  expect(await house.admin('accounts')).toMatch(/ {2}ada .*\n.* {2}bob /);
  await house.start();
  expect((await bob.run('list')).out).toContain(channel_id);

  expect((await bob.account('list')).out).toContain(`${bob.client_id}  command line  (made by you)`);
  expect(await house.admin('ban', 'bob')).toContain('bob is banned.');
  expect(await bob.run('list')).toMatchObject({ code: 1, err: expect.stringContaining('does not know') });
  expect(await bob.account('list')).toMatchObject({ code: 1, err: expect.stringContaining('closed') });

  expect((await ada.account('disconnect', ada.client_id)).out).toContain('The client is removed.');
  expect((await ada.run('list')).code).toBe(1);
  expect((await ada.account('list')).out).toContain('Nothing is connected.');
});

it('a client that registers by itself is told how people sign in', { timeout: 60_000 }, async () => {
  await using house = await openHouse();
  await using dir = await tempDir();
  const env = { MCP_BASE_URL: house.url, MCP_TOKEN_FILE: dir.file('tokens.json') };
  expect(await runClient('cli.ts', ['list'], env)).toMatchObject({
    code: 1,
    err: expect.stringContaining(`Make a client for scripts at ${house.url}/account`),
  });
});
