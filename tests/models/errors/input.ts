import { openTable, type Provoke, SOURCE } from './case.ts';

/** Errors that the caller's own words lead to: the answer says which, and the call goes through once they are mended. */
export const INPUT: Readonly<Record<string, Provoke>> = {
  async INVALID_REQUEST(models) {
    const { bob, channel_id } = await openTable(models);
    const args = { channel_id };
    return {
      session: bob,
      tool: 'post_message',
      args,
      goal: ({ field }) => bob.call('post_message', { ...args, [field as string]: 'now with a text' }),
    };
  },

  async TOO_LARGE(models) {
    const { bob, channel_id } = await openTable(models);
    const post = (body: string) => ({ channel_id, body, wait_ms: 0 });
    const quotes = '{"text":""}'.length;
    return {
      session: bob,
      tool: 'post_message',
      args: post('x'.repeat(70_000)),
      goal: ({ limit_bytes }) => bob.call('post_message', post('x'.repeat(limit_bytes - quotes))),
    };
  },

  async BAD_SLOT(models) {
    const slots = ['invite:a', 'invite'];
    const session = models.as('alice');
    const mended = (field: string) => slots.map((slot, at) => (field === `slots.${at}` ? 'invite:b' : slot));
    return {
      session,
      tool: 'create_channel',
      args: { name: 'n', slots },
      goal: ({ field }) => session.call('create_channel', { name: 'n', slots: mended(field) }),
    };
  },

  async UNKNOWN_PRESET(models) {
    const session = models.as('alice');
    const args = { name: 'n', slots: ['bot:b'], bot_preset: 'Chess' };
    return {
      session,
      tool: 'create_channel',
      args,
      goal: ({ presets }) => session.call('create_channel', { ...args, bot_preset: presets[0] }),
    };
  },

  async INVALID_BOT_CODE(models) {
    const session = models.as('alice');
    const broken = 'class Broken:\n    import os\n';
    const message = 'import is not allowed here.';
    models.channels.sandbox.checks(broken, { outcome: 'refused', line: 2, message });
    const args = { name: 'n', slots: ['bot:b'], bot_code: broken };
    const without = (line: number) =>
      broken
        .split('\n')
        .toSpliced(line - 1, 1, '    pass')
        .join('\n');
    return {
      session,
      tool: 'create_channel',
      args,
      goal: ({ line }) => session.call('create_channel', { ...args, bot_code: without(line) }),
    };
  },

  async BOT_SLOT_MISSING(models) {
    const session = models.as('alice');
    const args = { name: 'n', slots: ['invite:a'], bot_code: SOURCE };
    return {
      session,
      tool: 'create_channel',
      args,
      goal: () => session.call('create_channel', { ...args, slots: [...args.slots, 'bot:b'] }),
    };
  },

  async KIND_NOT_ALLOWED(models) {
    const { bob, channel_id } = await openTable(models);
    const args = { channel_id, body: 'I am the referee' };
    return {
      session: bob,
      tool: 'post_message',
      args: { ...args, kind: 'control' },
      goal: () => bob.call('post_message', args),
    };
  },

  async SECRET_IN_BODY(models) {
    const { bob, channel_id, tokens } = await openTable(models);
    const secret = `my seat is ${tokens[1]}`;
    return {
      session: bob,
      tool: 'post_message',
      args: { channel_id, body: secret },
      goal: () => bob.call('post_message', { channel_id, body: secret.replace(tokens[1] ?? '', '…') }),
    };
  },

  async IDEMPOTENCY_CONFLICT(models) {
    const { bob, channel_id } = await openTable(models);
    await bob.call('post_message', { channel_id, body: 'guess 1', idempotency_key: 'move' });
    const args = { channel_id, body: 'guess 2', idempotency_key: 'move' };
    return {
      session: bob,
      tool: 'post_message',
      args,
      goal: () => bob.call('post_message', { ...args, idempotency_key: 'move-2' }),
    };
  },

  async BAD_OP(models) {
    const { alice, channel_id } = await openTable(models);
    const rename = { type: 'rename', name: 'Better' };
    return {
      session: alice,
      tool: 'update_channel',
      args: { channel_id, ops: [rename, { type: 'explode' }] },
      goal: ({ field }) => {
        const bad = Number(/^ops\.(\d+)/.exec(field)?.[1]);
        const ops = [rename, { type: 'explode' }].toSpliced(bad, 1);
        return alice.call('update_channel', { channel_id, ops });
      },
    };
  },

  async 'BAD_CURSOR in a channel'(models) {
    const { bob, channel_id } = await openTable(models);
    const told = { tool: 'sync_messages', arguments: { channel_id } };
    return { session: bob, tool: 'sync_messages', args: { channel_id, cursor: 999 }, told };
  },

  async 'BAD_CURSOR in the list of channels'(models) {
    const { bob } = await openTable(models);
    const told = { tool: 'list_channels', arguments: { filter: 'listed' } };
    return { session: bob, tool: 'list_channels', args: { filter: 'listed', cursor: 'x' }, told };
  },
};
