import type { JsonObject } from '../../control-plane/src/kernel/json/value.ts';
import { openChannels, type ChannelsOptions, type TestChannels } from '../support/channels.ts';

/** Source of the bot under test; what it does is scripted. */
export const BOT = 'class Bot:\n    pass\n';
export const BOT_ID = 'bot_Bot_0';

/** A channel with the scripted bot and two seats, alice in s1; on_init and on_join are done. */
export async function openGame(options: ChannelsOptions = {}) {
  const channels = openChannels(options);
  const game = await startGame(channels);
  return { channels, ...game, [Symbol.asyncDispose]: () => channels[Symbol.asyncDispose]() };
}

export async function startGame(channels: TestChannels) {
  const alice = channels.as('acc_alice');
  const { channel_id, invites } = await alice.create_channel({
    name: 'Game',
    slots: ['bot:Bot', 'invite:A', 'invite:B'],
    bot_code: BOT,
    bots_policy: 'open',
  });
  const [inviteA = '', inviteB = ''] = invites;
  await alice.join_channel({ invite_code: inviteA });
  await channels.settled(channel_id);
  const post = (body: string | Record<string, unknown> = 'x') =>
    alice.post_message({ channel_id, body, wait_ms: 0 });
  return { channel_id, alice, inviteB, post };
}

/** Bodies of one type, in order. */
export async function bodiesOfType(channels: TestChannels, channelId: string, type: string) {
  const bodies = (await channels.bodies(channelId)) as readonly JsonObject[];
  return bodies.filter((body) => body['type'] === type);
}

/** What every hook left in the log. */
export async function hookFacts(channels: TestChannels, channelId: string) {
  const commits = await channels.commits(channelId);
  return commits.flatMap(({ n, cause, facts, entries }) =>
    facts
      .filter(({ type }) => type === 'hook')
      .map((fact) => ({ n, commitCause: cause, entries, ...(fact as JsonObject) })),
  );
}
