import { readFile, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { commandLine, runClient } from './support/cli.ts';

let server: TestServer;
let files: TempDir;
const resources = new AsyncDisposableStack();

beforeAll(async () => {
  server = resources.use(await startTestServer());
  files = resources.use(await tempDir());
});
afterAll(() => resources.disposeAsync());

const GAME = ['create', '--name', 'Game', '--slot', 'bot:ref', '--slot', 'invite:a', '--slot', 'invite:b'];

let people = 0;
/** A person of the test's own. */
function person() {
  people++;
  return commandLine(server.url, `person ${people}`, files.file(`tokens-${people}.json`));
}

describe('the command line', () => {
  it('lets two people play, each remembering the seat', { timeout: 60_000 }, async () => {
    const [alice, bob] = [person(), person()];
    const { channel_id, invites } = await alice.json(...GAME, '--preset', 'GuessBot');
    expect((await alice.run('join', invites[0])).out).toContain(`You are s1 in ${channel_id}.`);
    expect((await bob.run('join', invites[1])).out).toContain(`You are s2 in ${channel_id}.`);

    const move = await alice.run('post', channel_id, 'guess 50');
    expect(move.out).toMatch(/^posted as #\d+\n#\d+ bot_GuessBot_0: judge .*"guess":50/);
    const asked = await bob.run('dm', channel_id, 'bot_GuessBot_0', '!status');
    expect(asked.out).toContain('(private to s2): status');
    expect((await bob.run('who', channel_id)).out).toMatch(/s1 {2}a: member \(admin\)\n.*s2 {2}b: member\n/);
    expect((await bob.run('list')).out).toMatch(new RegExp(`^${channel_id}  Game  .*you: s2`));

    const read = await bob.run('sync', channel_id, '--tokens', '20000');
    expect(read.out).toContain('guess 50');
    const { cursor } = await bob.json('sync', channel_id, '--tokens', '20000');
    const later = await bob.run('sync', channel_id, '--cursor', String(cursor), '--timeout', '0');
    expect(later.out).toBe(`go on with --cursor ${cursor}\n`);

    const renamed = await alice.run('update', channel_id, '--op', '{"type":"rename","name":"Done"}');
    expect(renamed.out).toMatch(/^Done {2}/);
  });

  it('reads the code of a bot of your own and checks its hash', { timeout: 60_000 }, async () => {
    const one = person();
    const source = 'class Mine:\n    def __init__(self, ctx, params):\n        self.ctx = ctx\n';
    await writeFile(files.file('mine.py'), source);
    const { channel_id } = await one.json(...GAME, '--code', files.file('mine.py'));
    const shown = await one.run('code', channel_id);
    expect(shown).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^class Mine:.*hashes to the announced sha256:/s),
    });

    const copy = files.file('copy.py');
    expect((await one.run('code', channel_id, '--save', copy)).out).toMatch(/^written to /);
    expect(await readFile(copy, 'utf8')).toBe(source);
    const again = await one.run('code', channel_id, '--save', copy);
    expect(again).toMatchObject({ code: 1, err: expect.stringMatching(/^LOCAL: The code was not saved/) });
  });

  it('keeps tokens where only their owner reads them, also where the file was open to all', async () => {
    const file = files.file('open.json');
    await writeFile(file, '{}', { mode: 0o644 });
    const one = commandLine(server.url, 'Owner', file);
    expect(await one.run('list')).toMatchObject({ code: 0, out: 'No channels.\n' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const kept = JSON.parse(await readFile(file, 'utf8'));
    expect(Object.keys(kept)).toEqual([`${server.url} Owner`]);

    await commandLine(server.url, 'Other', file).run('list');
    const both = JSON.parse(await readFile(file, 'utf8'));
    expect(both).toMatchObject(kept);
    expect(Object.keys(both)).toHaveLength(2);
  });

  it('is one account, also when several terminals start at once', { timeout: 60_000 }, async () => {
    const file = files.file('shared.json');
    const one = commandLine(server.url, 'Shared', file);
    const slots = ['--slot', 'invite:a', '--name'];
    const made = await Promise.all(
      ['A', 'B', 'C'].map(async (name) => {
        const { channel_id, invites } = await one.json('create', ...slots, name);
        await one.json('join', invites[0]);
        return channel_id as string;
      }),
    );
    const { channels } = await one.json('list');
    const listed = channels.map(({ channel_id }: { channel_id: string }) => channel_id);
    expect(listed.sort()).toEqual(made.sort());
    const kept = JSON.parse(await readFile(file, 'utf8')) as Record<string, { seats: object }>;
    expect(
      Object.values(kept)
        .flatMap(({ seats }) => Object.keys(seats))
        .sort(),
    ).toEqual(made);
  });

  it('takes a new token for the same account when the old one is refused', { timeout: 60_000 }, async () => {
    const file = files.file('stale.json');
    const one = commandLine(server.url, 'Stale', file);
    const { channel_id } = await one.json('create', '--name', 'Mine', '--slot', 'invite:a');
    const kept = JSON.parse(await readFile(file, 'utf8'));
    const [key = ''] = Object.keys(kept);
    kept[key].access_token = 'mcp_at_refused';
    await writeFile(file, JSON.stringify(kept));
    expect((await one.run('list')).out).toContain(channel_id);
  });

  it('registers anew, and says so, when the server does not know it any more', {
    timeout: 60_000,
  }, async () => {
    const file = files.file('forgotten.json');
    const one = commandLine(server.url, 'Forgotten', file);
    const { channel_id, invites } = await one.json('create', '--name', 'Mine', '--slot', 'invite:a');
    await one.run('join', invites[0]);
    const kept = JSON.parse(await readFile(file, 'utf8'));
    const [key = ''] = Object.keys(kept);
    kept[key] = { ...kept[key], access_token: 'mcp_at_refused', client_id: 'client_unknown' };
    await writeFile(file, JSON.stringify(kept));

    const { code, err } = await one.run('list');
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('registers as a new account') });
    // Its seat was kept, and moves over.
    expect((await one.run('join', '--channel', channel_id)).out).toContain('You are s0');
    expect((await one.run('post', channel_id, 'here again')).code).toBe(0);
  });

  it('shows control characters of others instead of obeying them', { timeout: 60_000 }, async () => {
    const one = person();
    const { channel_id, invites } = await one.json('create', '--name', 'Mine', '--slot', 'invite:a');
    await one.run('join', invites[0]);
    await one.run('post', channel_id, '\u001b[2Jgone\u202e');
    const { out } = await one.run('sync', channel_id);
    expect(out).toContain('\\u001b[2Jgone\\u202e');
    expect(out).not.toMatch(/[\u001b\u202e]/);
  });

  it.each([
    ['no command', [], 'Usage: '],
    ['an unknown command', ['dance'], 'There is no command "dance".'],
    ['an unknown option', ['list', '--loud'], "Unknown option '--loud'"],
    ['a missing argument', ['post', 'chn_aaaabbbbccccdddd'], '<text> is missing.'],
    ['text that was not quoted', ['post', 'chn_x', 'guess', '50'], '"50" is one argument too many'],
    ['a channel without a name', ['create', '--slot', 'invite:a'], '--name is missing.'],
    ['parameters that are not JSON', [...GAME, '--params', '{'], '--params must be a JSON object.'],
    ['a cursor that is not a number', ['sync', 'chn_x', '--cursor', '-1'], '--cursor'],
  ])('answers %s with 2 and what is wrong', async (_, args, told) => {
    const { code, out, err } = await person().run(...args);
    expect(code).toBe(2);
    expect(out + err).toContain(told);
  });

  it('answers an error of the server with 1, its code and the next step', async () => {
    const one = person();
    const { code, out, err } = await one.run('join', 'inv_wrong');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^INVITE_INVALID: .*\n {2}Next: .*issue_invite/);
    const asMachine = await one.run('join', 'inv_wrong', '--json');
    expect(JSON.parse(asMachine.err)).toMatchObject({ error: { code: 'INVITE_INVALID' } });
  });

  it('says where the code of a bot is wrong', async () => {
    await writeFile(files.file('broken.py'), 'class Bot:\n    def on_init(self:\n');
    const { code, err } = await person().run(...GAME, '--code', files.file('broken.py'));
    expect(code).toBe(1);
    expect(err).toMatch(/^INVALID_BOT_CODE: .*line: 2/);
  });

  it.concurrent.each(['create', 'join', 'post', 'dm', 'sync', 'who', 'code', 'list', 'update', 'attach'])(
    'tells how to use %s without asking the server',
    async (name) => {
      const { code, out } = await runClient('cli.ts', [name, '--help'], {
        MCP_BASE_URL: 'http://127.0.0.1:1',
      });
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`^Usage: .* ${name} .*Options.*Example: `, 's'));
    },
  );

  it('says what to do when no server answers', async () => {
    const { code, err } = await commandLine('http://127.0.0.1:1', 'Nobody', files.file('none.json')).run(
      'list',
    );
    expect(code).toBe(1);
    expect(err).toMatch(/^UNREACHABLE: No server answers at .*\n {2}Next: .*npm start/);
  });

  it('leaves a token file that is not one alone', async () => {
    const file = files.file('notes.txt');
    await writeFile(file, 'my notes');
    const { code, err } = await commandLine(server.url, 'Careless', file).run('list');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('is not a token file') });
    expect(await readFile(file, 'utf8')).toBe('my notes');
  });
});
