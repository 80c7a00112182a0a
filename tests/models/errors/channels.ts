import { administer, listMine, look, openTable, type Provoke, SOURCE } from './case.ts';

const CLOSE = { type: 'close' };

/** Errors about channels, and who may do what there. */
export const CHANNELS: Readonly<Record<string, Provoke>> = {
  async 'CHANNEL_CLOSED to a player'(models) {
    const { alice, bob, channel_id, tokens } = await openTable(models);
    await alice.call('update_channel', administer(channel_id, CLOSE));
    const [, seat = ''] = tokens;
    return {
      session: bob,
      tool: 'post_message',
      args: { channel_id, body: 'too late', seat },
      told: { tool: 'sync_messages', arguments: { channel_id, seat } },
    };
  },

  async 'CHANNEL_CLOSED to an admin'(models) {
    const { alice, channel_id } = await openTable(models, { seats: ['alice', 'alice'] });
    await alice.call('update_channel', administer(channel_id, CLOSE));
    const args = administer(channel_id, { type: 'rename', name: 'Too late' });
    return { session: alice, tool: 'update_channel', args, told: look(channel_id) };
  },

  async 'CHANNEL_CLOSED to one with an invite'(models) {
    const { alice, channel_id, invites } = await openTable(models);
    await alice.call('update_channel', administer(channel_id, CLOSE));
    const session = models.as('carol');
    return {
      session,
      tool: 'join_channel',
      args: { invite_code: invites[2] },
      goal: () => session.call('create_channel', { name: 'Another', slots: ['invite:me'] }),
    };
  },

  async CHANNEL_NOT_CLOSED(models) {
    const { alice, channel_id } = await openTable(models);
    const args = administer(channel_id, { type: 'delete' });
    return {
      session: alice,
      tool: 'update_channel',
      args,
      told: { tool: 'update_channel', arguments: { channel_id, ops: [CLOSE] } },
      goal: () => alice.call('update_channel', args),
    };
  },

  async CHANNEL_NOT_FOUND(models) {
    const { channel_id } = await openTable(models);
    return { session: models.as('carol'), tool: 'sync_messages', args: { channel_id }, told: listMine };
  },

  async NOT_MEMBER(models) {
    const { alice, channel_id, invites } = await openTable(models, { seats: [] });
    const args = { channel_id, body: 'I made this' };
    return {
      session: alice,
      tool: 'post_message',
      args,
      told: listMine,
      goal: async () => {
        await alice.call('join_channel', { invite_code: invites[0] });
        await alice.call('post_message', args);
      },
    };
  },

  async NOT_ADMIN(models) {
    const { alice, bob, channel_id } = await openTable(models);
    const args = administer(channel_id, { type: 'rename', name: 'Mine' });
    return {
      session: bob,
      tool: 'update_channel',
      args,
      told: look(channel_id),
      goal: async (_error, followed) => {
        const admin = followed?.['view'].slots.find((slot: { admin: boolean }) => slot.admin);
        if (admin?.slot_id !== 's1') throw new Error('The answer does not show who administers.');
        await alice.call('update_channel', args);
      },
    };
  },

  async LAST_ADMIN(models) {
    const { alice, channel_id } = await openTable(models);
    const yields = { type: 'set_admin', slot_id: 's1', admin: false };
    return {
      session: alice,
      tool: 'update_channel',
      args: administer(channel_id, yields),
      told: look(channel_id),
      goal: () =>
        alice.call(
          'update_channel',
          administer(channel_id, { type: 'set_admin', slot_id: 's2', admin: true }, yields),
        ),
    };
  },

  async 'QUOTA of bots in one channel'(models) {
    const { alice, channel_id } = await openTable(models, { seats: [] });
    const replace = { type: 'set_bot', slot: 's0', inline_code: SOURCE };
    const many = (count: number) => ({ channel_id, ops: Array.from({ length: count }, () => replace) });
    for (const count of [16, 16, 16, 15]) await alice.call('update_channel', many(count));
    return {
      session: alice,
      tool: 'update_channel',
      args: many(1),
      goal: () => openTable(models, { seats: [] }),
    };
  },
};
