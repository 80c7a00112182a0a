import { describe, expect, it, vi } from 'vitest';
import type { Message } from '../../clients/typescript/client/tools.ts';
import { connect } from '../e2e/support/edges.ts';
import { readUntil, type Seated } from '../e2e/support/guessing.ts';
import { containersOf } from '../support/containers.ts';
import { testEnv } from '../support/server-env.ts';
import { ServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';

/** Answers each message after a while, with how many it has answered. */
const SLOW_ECHO = `
import time

class SlowEcho:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_message(self, msg):
        time.sleep(0.5)
        count = self.ctx.get_state().get('count', 0) + 1
        self.ctx.set_state({'count': count})
        self.ctx.post('bot', {'echo': msg['body']['text'], 'count': count})
`;

/** A server as users run it, and a member of a channel with the slow bot. */
async function startGame() {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await tempDir());
  const env = testEnv(data.path);
  const server = stack.use(await ServerProcess.start(env));
  const client = await connect('REST', server.url, 'Alice');
  const slots = ['bot:echo', 'invite:a'];
  const made = await client.call('create_channel', { name: 'Echo', slots, bot_code: SLOW_ECHO });
  const joined = await client.call('join_channel', { invite_code: made.invites[0] ?? '' });
  const { channel_id, slot_id, rejoin_token: seat } = joined;
  const alice: Seated = { client, channel_id, slot_id, seat };
  const held = stack.move();
  return { server, env, alice, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

async function post({ client, channel_id, seat }: Seated, body: string): Promise<void> {
  await client.call('post_message', { channel_id, seat, body, wait_ms: 0 });
}

/** What the bot has answered, once it has answered `count` messages. */
async function echoes(seated: Seated, count: number) {
  const ofBot = (log: readonly Message[]) => log.filter(({ body }) => 'echo' in Object(body));
  return ofBot(await readUntil(seated, (log) => ofBot(log).length >= count)).map(({ body }) => body);
}

/** Waits until a hook is under way. */
async function hookRuns(url: string): Promise<void> {
  const busy = /^containers{state="busy"} 1$/m;
  const metrics = async () => (await fetch(`${url}/metrics`)).text();
  await vi.waitUntil(async () => busy.test(await metrics()), { timeout: 5000, interval: 10 });
}

const inOrder = (texts: readonly string[]) =>
  texts.map((echo, index) => expect.objectContaining({ echo, count: index + 1 }));

describe('a launcher that is killed with -9', { timeout: 60_000 }, () => {
  it('in the middle of a hook and again between two: every message is answered once, in order', async () => {
    await using game = await startGame();
    const { server, alice, env } = game;
    await post(alice, 'one');
    await hookRuns(server.url);
    const first = await containersOf(env.INSTANCE_ID);
    expect(first).not.toEqual([]);
    await server.killLauncher();
    await post(alice, 'two');
    await server.startLauncher();
    expect(await echoes(alice, 2)).toEqual(inOrder(['one', 'two']));
    const second = await containersOf(env.INSTANCE_ID);
    expect(second.filter((name) => first.includes(name))).toEqual([]);

    await server.killLauncher();
    await server.startLauncher();
    await post(alice, 'three');
    expect(await echoes(alice, 3)).toEqual(inOrder(['one', 'two', 'three']));
    const third = await containersOf(env.INSTANCE_ID);
    expect(third.filter((name) => second.includes(name))).toEqual([]);
    expect(await server.stop()).toBe(0);
    expect(await containersOf(env.INSTANCE_ID)).toEqual([]);
  });

  it('and stays away for several tries is no fault of the bot’s', async () => {
    await using game = await startGame();
    const { server, alice } = game;
    await post(alice, 'one');
    await hookRuns(server.url);
    await server.killLauncher();
    const waited = (log: readonly Message[]) => log.some(({ body }) => Object(body).type === 'bot:waiting');
    await readUntil(alice, waited);
    await server.startLauncher();
    expect(await echoes(alice, 1)).toEqual(inOrder(['one']));
    const log = await readUntil(alice, () => true);
    expect(log.filter(({ body }) => Object(body).type === 'bot:error')).toEqual([]);
  });
});

describe('a server that is killed with -9', { timeout: 60_000 }, () => {
  it('leaves no container behind, and another one goes on with the same launcher', async () => {
    await using game = await startGame();
    const { server, alice, env } = game;
    await post(alice, 'one');
    await hookRuns(server.url);
    const launcher = await server.killServer();
    await vi.waitUntil(async () => (await containersOf(env.INSTANCE_ID)).length === 0, { timeout: 10_000 });
    expect(launcher.exitCode).toBeNull();

    const again = { ...env, PORT: new URL(server.url).port };
    await using _second = await ServerProcess.start(again, [], launcher);
    await post(alice, 'two');
    expect(await echoes(alice, 2)).toEqual(inOrder(['one', 'two']));
  });
});
