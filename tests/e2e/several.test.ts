import { describe, expect, it } from 'vitest';
import { authorize } from '../../clients/typescript/client/oauth.ts';
import { Session } from '../../clients/typescript/client/session.ts';
import { ofType } from '../../clients/typescript/demo/log.ts';
import { containersOf } from '../support/containers.ts';
import { MONGO_HERE } from '../support/mongo.ts';
import { REDIS_HERE } from '../support/redis.ts';
import { startSeveral } from '../support/several.ts';
import { RestClient } from './support/edges.ts';
import { guess, playOn, proofOf, readUntil, type Seated, startGame } from './support/guessing.ts';

const ECHO = `
class Echo:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_message(self, msg):
        self.ctx.post('bot', {'said': msg['body']['text']})
`;
const ALL = { low: 1, high: 100 };
const over = (log: Parameters<typeof ofType>[0]) => ofType(log, 'end').length > 0;

describe.skipIf(!MONGO_HERE || !REDIS_HERE)(`two servers over one store (${MONGO_HERE})`, () => {
  it('play one game: each player at a server of their own, and both see the same', async () => {
    await using several = await startSeveral({ count: 2, leaseMs: 2_000 });
    const [one, other] = several.servers as [(typeof several.servers)[0], (typeof several.servers)[0]];
    const tokens = await Promise.all(['Alice', 'Bob'].map((name) => authorize(one.url, name)));
    await using alice = await Session.connect(one.url, tokens[0] ?? '', 'Alice');
    await using bob = await Session.connect(other.url, tokens[1] ?? '', 'Bob');

    const players = await startGame([alice, bob]);
    await playOn(players, ALL);

    const logs = await Promise.all(players.map((player) => readUntil(player, over)));
    expect(logs[0]).toEqual(logs[1]);
    const [log = []] = logs;
    expect(log.map(({ id }) => id)).toEqual(log.map((_, index) => index + 1));
    const { committed, revealed, computed } = proofOf(log);
    expect([revealed, computed]).toEqual([committed, committed]);
    // One of them ran the bot, in one container.
    const containers = await Promise.all(several.instances.map(containersOf));
    expect(containers.map(({ length }) => length).toSorted((a, b) => a - b)).toEqual([0, 1]);
  });

  it('go on with a game when the one that ran its bot is killed with -9', async () => {
    await using several = await startSeveral({ count: 2, leaseMs: 2_000 });
    const [one, other] = several.servers as [(typeof several.servers)[0], (typeof several.servers)[0]];
    const tokens = await Promise.all(['Alice', 'Bob'].map((name) => authorize(one.url, name)));
    const [a = '', b = ''] = tokens;
    await using alice = await Session.connect(one.url, a, 'Alice');
    await using bob = await Session.connect(one.url, b, 'Bob');
    const players = await startGame([alice, bob]);
    const left = await guess(players[0], ALL);
    const before = await readUntil(players[0], (log) => ofType(log, 'judge').length === 1);
    await one.kill();

    const again = async (token: string, seated: Seated): Promise<Seated> => ({
      ...seated,
      client: await Session.connect(other.url, token, 'again'),
    });
    const moved = [await again(a, players[0]), await again(b, players[1])] as const;
    if (left) await playOn(moved, left, 1);
    const log = await readUntil(moved[1], over);
    expect(log.slice(0, before.length)).toEqual(before);
    const { committed, revealed, computed } = proofOf(log);
    expect([revealed, computed]).toEqual([committed, committed]);
    for (const { client } of moved) await client[Symbol.asyncDispose]();
    expect(await other.stop()).toBe(0);
    // What the killed one ran was removed by its launcher's end, or is by its next one.
    expect(await containersOf(several.instances[1] ?? '')).toEqual([]);
  });

  it('answer for each other: where one has lost its launcher, the other runs its bots', async () => {
    await using several = await startSeveral({ count: 2, leaseMs: 2_000 });
    const [one] = several.servers as [(typeof several.servers)[0]];
    const client = new RestClient(one.url, await authorize(one.url, 'Alice'));
    const { invites } = await client.call('create_channel', {
      name: 'Echo',
      slots: ['bot:Echo', 'invite:A'],
      bot_code: ECHO,
    });
    const joined = await client.call('join_channel', { invite_code: invites[0] ?? '' });
    const { channel_id, rejoin_token: seat } = joined;
    const say = (body: string) =>
      client.call('post_message', { channel_id, seat, body, wait_ms: 30_000 }).then(({ replies }) => replies);
    expect((await say('first')).map(({ body }) => body)).toMatchObject([{ said: 'first' }]);
    expect(await containersOf(several.instances[0] ?? '')).toHaveLength(1);
    await one.killLauncher();
    const replies = await say('second');
    expect(replies.filter(({ kind }) => kind === 'bot').map(({ body }) => body)).toMatchObject([
      { said: 'second' },
    ]);
    // The next launcher removes what the one before it left.
    await one.startLauncher();
  }, 90_000);
});
