import { strangeCode } from '../../channels/support.ts';
import type { Models, Session } from '../support.ts';
import { administer, type Case, listMine, look, openTable, type Provoke } from './case.ts';

const take = (channel_id: string, slot_id: string) => ({
  tool: 'join_channel',
  arguments: { channel_id, slot_id },
});

/** Errors about seats and the codes that open them. */
export const SEATS: Readonly<Record<string, Provoke>> = {
  async INVITE_INVALID(models) {
    const { alice, channel_id } = await openTable(models, { seats: ['alice'] });
    return newInvite(models, alice, channel_id, strangeCode('inv', channel_id));
  },

  async INVITE_EXPIRED(models) {
    const { alice, channel_id, invites } = await openTable(models, {
      seats: ['alice'],
      creation: { invite_ttl_s: 60 },
    });
    models.channels.clock.forward(61_000);
    return newInvite(models, alice, channel_id, invites[1] ?? '');
  },

  async INVITE_REVOKED(models) {
    const { alice, channel_id, invites } = await openTable(models, { seats: ['alice'] });
    await alice.call('update_channel', administer(channel_id, { type: 'revoke_invite', slot_id: 's2' }));
    return newInvite(models, alice, channel_id, invites[1] ?? '');
  },

  async 'SLOT_ALREADY_FILLED for the one who sits there'(models) {
    const { bob, channel_id, invites } = await openTable(models);
    await bob.call('post_message', { channel_id, body: 'here' });
    const told = take(channel_id, 's2');
    return { session: bob, tool: 'join_channel', args: { invite_code: invites[1] }, told };
  },

  async 'SLOT_ALREADY_FILLED for another player'(models) {
    const { channel_id, invites } = await openTable(models);
    const session = models.as('carol');
    return {
      session,
      tool: 'join_channel',
      args: { invite_code: invites[1] },
      goal: async () => {
        await session.call('join_channel', { invite_code: invites[2] });
        await session.call('post_message', { channel_id, body: 'in another slot' });
      },
    };
  },

  async 'SLOT_ALREADY_FILLED for an admin'(models) {
    const { alice, channel_id } = await openTable(models);
    const issue = { type: 'issue_invite', slot_id: 's2' };
    return {
      session: alice,
      tool: 'update_channel',
      args: administer(channel_id, issue),
      told: look(channel_id),
      goal: () =>
        alice.call('update_channel', administer(channel_id, { type: 'evict', slot_id: 's2' }, issue)),
    };
  },

  async REJOIN_TOKEN_INVALID(models) {
    const { bob, tokens } = await openTable(models);
    await bob.call('join_channel', { invite_code: tokens[1], rotate: true });
    return {
      session: bob,
      tool: 'join_channel',
      args: { invite_code: tokens[1] },
      told: listMine,
      goal: (_error, followed) => bob.follow(followed?.['channels'][0].next_calls[0]),
    };
  },

  async 'SEAT_INVALID with a handle that was replaced'(models) {
    const { bob, channel_id, tokens } = await openTable(models);
    await bob.call('join_channel', { invite_code: tokens[1], rotate: true });
    const args = { channel_id, body: 'move' };
    return {
      session: bob,
      tool: 'post_message',
      args: { ...args, seat: tokens[1] },
      told: take(channel_id, 's2'),
      goal: (_error, joined) => bob.call('post_message', { ...args, seat: joined?.['rejoin_token'] }),
    };
  },

  async 'SEAT_INVALID after the seat moved to another account'(models) {
    const { bob, channel_id, tokens } = await openTable(models);
    await models.as('carol').call('join_channel', { invite_code: tokens[1] });
    const args = { channel_id, body: 'move', seat: tokens[1] };
    return {
      session: bob,
      tool: 'post_message',
      args,
      told: { tool: 'join_channel', arguments: { invite_code: tokens[1] ?? '' } },
      goal: () => bob.call('post_message', args),
    };
  },

  async 'SEAT_INVALID without any seat'(models) {
    const { alice, channel_id } = await openTable(models, { seats: [] });
    return {
      session: alice,
      tool: 'sync_messages',
      args: { channel_id, seat: 'rejoin_of_nothing', timeout_ms: 0 },
      told: listMine,
      goal: (_error, followed) =>
        alice.follow({
          tool: 'sync_messages',
          arguments: { ...followed?.['channels'][0].next_calls[0].arguments, timeout_ms: 0 },
        }),
    };
  },

  async 'SEAT_REQUIRED with two seats'(models) {
    const { bob, channel_id } = await openTable(models, { seats: ['alice', 'bob', 'bob'] });
    const args = { channel_id, body: 'move' };
    return {
      session: bob,
      tool: 'post_message',
      args,
      told: look(channel_id),
      goal: async ({ seats }) => {
        const { rejoin_token: seat } = await bob.follow(take(channel_id, seats[1]));
        return bob.call('post_message', { ...args, seat });
      },
    };
  },

  async 'SEAT_REQUIRED after an earlier seat'(models) {
    const { alice, bob, channel_id } = await openTable(models);
    await bob.call('update_channel', administer(channel_id, { type: 'yield_slot' }));
    const issued = await alice.call(
      'update_channel',
      administer(channel_id, { type: 'issue_invite', slot_id: 's2' }),
    );
    await bob.call('join_channel', { invite_code: issued['invites'][0].invite_code });
    const args = { channel_id, body: 'move' };
    return {
      session: bob,
      tool: 'post_message',
      args,
      told: take(channel_id, 's2'),
      goal: (_error, joined) => bob.call('post_message', { ...args, seat: joined?.['rejoin_token'] }),
    };
  },

  async 'SEAT_REQUIRED in a strict channel'(models) {
    const { bob, channel_id, tokens } = await openTable(models, { creation: { strict_seats: true } });
    const args = { channel_id, body: 'move' };
    return {
      session: bob,
      tool: 'post_message',
      args,
      told: look(channel_id),
      goal: () => bob.call('post_message', { ...args, seat: tokens[1] }),
    };
  },

  async 'SEAT_REQUIRED in a strict channel with the handle lost'(models) {
    const { alice, bob, channel_id, tokens } = await openTable(models, { creation: { strict_seats: true } });
    const ops = [
      { type: 'evict', slot_id: 's2' },
      { type: 'issue_invite', slot_id: 's2' },
    ];
    return {
      session: bob,
      tool: 'join_channel',
      args: take(channel_id, 's2').arguments,
      told: look(channel_id),
      goal: async () => {
        const { invites } = await alice.call('update_channel', { channel_id, ops, seat: tokens[0] });
        await bob.call('join_channel', { invite_code: invites[0].invite_code });
      },
    };
  },

  async SEAT_LIMIT(models) {
    const { bob, channel_id } = await openTable(models);
    const args = take(channel_id, 's2').arguments;
    let held = await bob.call('join_channel', args);
    for (let handle = 2; handle < 1_000; handle++) held = await bob.call('join_channel', args);
    const goal = () =>
      bob.call('post_message', { channel_id, body: 'x', seat: held['rejoin_token'], wait_ms: 0 });
    return { session: bob, tool: 'join_channel', args, goal };
  },

  async SEAT_EMPTY(models) {
    const { alice, channel_id } = await openTable(models);
    const args = administer(channel_id, { type: 'evict', slot_id: 's3' });
    return { session: alice, tool: 'update_channel', args, told: look(channel_id) };
  },

  async SLOT_NOT_FOUND(models) {
    const { alice, channel_id } = await openTable(models);
    const args = administer(channel_id, { type: 'evict', slot_id: 's9' });
    return { session: alice, tool: 'update_channel', args, told: look(channel_id) };
  },
};

/** Bob's code opens nothing; the admin does what the error asks of one. */
function newInvite(models: Models, admin: Session, channel_id: string, invite_code: string): Case {
  const bob = models.as('bob');
  const issue = administer(channel_id, { type: 'issue_invite', slot_id: 's2' });
  const goal = async () => {
    const { invites } = await admin.call('update_channel', issue);
    await bob.call('join_channel', { invite_code: invites[0].invite_code });
  };
  return { session: bob, tool: 'join_channel', args: { invite_code }, goal };
}
