import type { z } from 'zod';
import type { createChannel } from '../../control-plane/src/channels/operations/channel.ts';
import { openChannels, type TestChannels } from '../support/channels.ts';
import { echo } from '../support/fake-sandbox.ts';

/** Source of the bot that most tests attach: it answers every hook with what it was called with. */
export const ECHO = 'class Echo:\n    pass\n';

const ACCOUNTS = { alice: 'acc_alice', bob: 'acc_bob' };

type Creation = z.input<typeof createChannel.input>;

/** A channel of alice's with an echoing bot and two seats, nobody in them yet. */
export async function openTable(
  channels: TestChannels,
  creation: Partial<Creation> = {},
  accounts = ACCOUNTS,
) {
  channels.sandbox.script(ECHO, echo);
  const alice = channels.as(accounts.alice);
  const created = await alice.create_channel({
    name: 'Table',
    slots: ['bot:Referee', 'invite:A', 'invite:B'],
    ...('bots' in creation || 'bot_preset' in creation ? {} : { bot_code: ECHO }),
    ...creation,
  });
  const { channel_id } = created;
  await channels.settled(channel_id);
  const [inviteA = '', inviteB = ''] = created.invites;
  return {
    channel_id,
    created,
    alice,
    bob: channels.as(accounts.bob),
    inviteA,
    inviteB,
    bot_id: 'bot_Referee_0',
  };
}

/** The table with alice in s1 and bob in s2. */
export async function seatTwo(channels: TestChannels, creation: Partial<Creation> = {}, accounts = ACCOUNTS) {
  const table = await openTable(channels, creation, accounts);
  const a = await table.alice.join_channel({ invite_code: table.inviteA });
  const b = await table.bob.join_channel({ invite_code: table.inviteB });
  await channels.settled(table.channel_id);
  return { ...table, a, b };
}

/** Channels with two seated players, gone with the test. */
export async function openSeated(creation: Partial<Creation> = {}) {
  const channels = openChannels();
  return {
    channels,
    ...(await seatTwo(channels, creation)),
    [Symbol.asyncDispose]: () => channels[Symbol.asyncDispose](),
  };
}

/** A code of the right form that nothing has given out. */
export function strangeCode(kind: 'inv' | 'rejoin', channelId: string): string {
  return `${kind}_${channelId.slice(4)}_${'a'.repeat(26)}`;
}
