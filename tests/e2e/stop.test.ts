import { describe, expect, it } from 'vitest';
import { authorize } from '../../clients/typescript/client/oauth.ts';
import type { Message } from '../../clients/typescript/client/tools.ts';
import { containersOf } from '../support/containers.ts';
import { MONGO_HERE } from '../support/mongo.ts';
import { REDIS_HERE } from '../support/redis.ts';
import { testEnv } from '../support/server-env.ts';
import { ServerProcess } from '../support/server-process.ts';
import { startSeveral } from '../support/several.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type Client, RestClient } from './support/edges.ts';
import { readUntil } from './support/guessing.ts';

/** Takes a while over each message. */
const SLOW = `
import hashlib

class Slow:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_message(self, msg):
        value = b''
        for _ in range(300000):
            value = hashlib.sha256(value).digest()
        self.ctx.post('done', {'of': msg['id']})
`;

async function openTable(client: Client) {
  const { invites } = await client.call('create_channel', {
    name: 'Stop',
    slots: ['bot:Slow', 'invite:A'],
    bot_code: SLOW,
  });
  const { channel_id, rejoin_token: seat } = await client.call('join_channel', {
    invite_code: invites[0] ?? '',
  });
  // Until on_init and on_join are done, the bot is at work too.
  await isBot(client, { channel_id, seat }, 'ready');
  const { cursor } = await client.call('sync_messages', {
    channel_id,
    seat,
    timeout_ms: 0,
    max_tokens: 20_000,
  });
  return { channel_id, seat, cursor };
}

/** Resolves once the channel's bot is at work on a message, or has nothing to do. */
async function isBot(
  client: Client,
  { channel_id, seat }: { channel_id: string; seat: string },
  wanted: 'working' | 'ready',
): Promise<void> {
  for (;;) {
    const { bots } = await client.call('get_channel_info', { channel_id, seat });
    if (bots[0]?.status === wanted) return;
  }
}

const kinds = (messages: readonly Message[]) => messages.map(({ kind }) => kind);

describe('a server that is told to stop', () => {
  it('lets the hook end that runs, answers who waits with what there is, and leaves no container', async () => {
    await using data = await tempDir();
    const env = testEnv(data.path);
    await using server = await ServerProcess.start(env);
    const token = await authorize(server.url, 'Alice');
    const at = (url: string) => new RestClient(url, token);
    const client = at(server.url);
    const { channel_id, seat, cursor } = await openTable(client);
    const posted = client.call('post_message', { channel_id, seat, body: 'x', wait_ms: 30_000 });
    await isBot(client, { channel_id, seat }, 'working');
    const head = cursor + 1;
    const parked = client.call('sync_messages', { channel_id, seat, cursor: head, timeout_ms: 45_000 });
    await client.call('health_check', {});

    const stopped = server.stop();
    const [post, sync] = [await posted, await parked];
    expect(post).toMatchObject({ msg_id: head });
    expect(sync.cursor).toBeGreaterThanOrEqual(head);
    expect(await stopped).toBe(0);
    expect(await containersOf(env.INSTANCE_ID)).toEqual([]);

    await using again = await ServerProcess.start({ ...env, PUBLIC_URL: server.url });
    // Where its container was not ready yet, the hook runs now; once, either way.
    const log = await readUntil({ client: at(again.url), channel_id, seat, slot_id: '' }, (read) =>
      read.some(({ kind }) => kind === 'done'),
    );
    expect(kinds(log.filter(({ id }) => id > cursor))).toEqual(['user', 'done']);
  });

  it.skipIf(!MONGO_HERE || !REDIS_HERE)(
    'gives its bots to another at once, without waiting for its lease',
    async () => {
      await using several = await startSeveral({ count: 2, leaseMs: 120_000 });
      const [one, other] = several.servers as [ServerProcess, ServerProcess];
      const token = await authorize(one.url, 'Alice');
      const at = (url: string) => new RestClient(url, token);
      const client = at(one.url);
      const { channel_id, seat, cursor } = await openTable(client);
      await client.call('post_message', { channel_id, seat, body: 'first' });
      expect(await one.stop()).toBe(0);
      const { messages } = await at(other.url).call('sync_messages', { channel_id, seat, cursor });
      expect(kinds(messages)).toEqual(['user', 'done']);
      const { replies } = await at(other.url).call('post_message', {
        channel_id,
        seat,
        body: 'second',
        wait_ms: 30_000,
      });
      expect(kinds(replies)).toEqual(['done']);
    },
    90_000,
  );
});
