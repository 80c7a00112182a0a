import { MAX_PENDING } from '../../../control-plane/src/bots/state.ts';
import { botFailed, ok } from '../../support/fake-sandbox.ts';
import type { Models } from '../support.ts';
import { administer, holdHooks, look, openTable, type Provoke, SOURCE } from './case.ts';

/** Errors about bots. */
export const BOTS: Readonly<Record<string, Provoke>> = {
  async BOT_NOT_FOUND(models) {
    const { bob, channel_id, bot_id } = await openTable(models);
    return {
      session: bob,
      tool: 'dm_bot',
      args: { channel_id, bot_id: 'bot_Nobody_0', message: 'hello' },
      told: look(channel_id),
      goal: (_error, followed) => {
        const found: string = followed?.['bots'][0].bot_id;
        if (found !== bot_id) throw new Error('The answer does not show the bot.');
        return bob.call('dm_bot', { channel_id, bot_id: found, message: 'hello' });
      },
    };
  },

  async BOT_BUSY(models) {
    const hook = holdHooks(models);
    const { alice, bob, channel_id } = await openTable(models);
    const args = { channel_id, body: 'guess', wait_ms: 0 };
    for (let posts = 0; posts < MAX_PENDING; posts++) await alice.call('post_message', args);
    const { head } = await bob.call('get_channel_info', { channel_id });
    return {
      session: bob,
      tool: 'post_message',
      args,
      told: { tool: 'sync_messages', arguments: { channel_id, cursor: head as number } },
      meanwhile: () => hook.end(ok([{ body: { type: 'judge' } }])),
      goal: () => bob.call('post_message', args),
    };
  },

  async 'BOT_SUSPENDED to an admin'(models) {
    const { alice, channel_id, bot_id } = await suspended(models);
    const args = { channel_id, bot_id, message: 'are you well' };
    const ops = [{ type: 'resume_bot', bot_id }];
    return {
      session: alice,
      tool: 'dm_bot',
      args,
      told: { tool: 'update_channel', arguments: { channel_id, ops } },
      goal: () => alice.call('dm_bot', args),
    };
  },

  async 'BOT_SUSPENDED to a player'(models) {
    const { alice, bob, channel_id, bot_id } = await suspended(models);
    const args = { channel_id, bot_id, message: 'are you well' };
    return {
      session: bob,
      tool: 'dm_bot',
      args,
      told: look(channel_id),
      goal: async () => {
        await alice.call('update_channel', administer(channel_id, { type: 'resume_bot', bot_id }));
        await bob.call('dm_bot', args);
      },
    };
  },

  async BOT_NOT_SUSPENDED(models) {
    const { alice, channel_id, bot_id } = await openTable(models);
    return {
      session: alice,
      tool: 'update_channel',
      args: administer(channel_id, { type: 'resume_bot', bot_id }),
      told: look(channel_id),
      goal: () => alice.call('post_message', { channel_id, body: 'guess 1' }),
    };
  },

  async BOTS_FROZEN(models) {
    const { alice, channel_id, bot_id } = await openTable(models);
    const open = { name: 'Open', slots: ['bot:b', 'invite:a'], bot_code: SOURCE, bots_policy: 'open' };
    return {
      session: alice,
      tool: 'update_channel',
      args: administer(channel_id, { type: 'remove_bot', bot_id }),
      goal: () => alice.call('create_channel', open),
    };
  },
};

/** A table whose bot fails until it is suspended, and is well from then on. */
async function suspended(models: Models) {
  let ill = true;
  models.channels.sandbox.script(SOURCE, ({ hook }) => (ill && hook === 'on_message' ? botFailed() : ok()));
  const table = await openTable(models);
  const { channel_id, alice } = table;
  for (let status = ''; status !== 'suspended'; ) {
    await alice.call('post_message', { channel_id, body: 'guess' });
    status = (await alice.call('get_channel_info', { channel_id }))['bots'][0].status;
  }
  ill = false;
  return table;
}
