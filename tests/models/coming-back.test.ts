import { describe, expect, it } from 'vitest';
import { EDGES, type Models, startModels } from './support.ts';

const SLOTS = ['invite:left', 'invite:right', 'invite:other'];

async function table(models: Models, creation: object = {}) {
  const alice = models.as('alice');
  const { channel_id, invites } = await alice.call('create_channel', {
    name: 'Table',
    slots: SLOTS,
    ...creation,
  });
  return { channel_id: channel_id as string, invites: invites as readonly string[] };
}

/** A session of the account that has forgotten everything: it sees the list, and makes the calls told there. */
async function comeBack(models: Models, account: string, edge: (typeof EDGES)[number]) {
  const session = models.as(account, edge);
  const { channels } = await session.call('list_channels');
  return { session, channels, calls: channels.flatMap((channel: { next_calls: [] }) => channel.next_calls) };
}

describe.each(EDGES)('a session that comes back over %s with nothing but its token', (edge) => {
  it('finds its channel, reads it, and posts from its seat', async () => {
    await using models = await startModels();
    const { channel_id, invites } = await table(models);
    await models.as('bob', edge).call('join_channel', { invite_code: invites[0] });

    const { session, channels, calls } = await comeBack(models, 'bob', edge);
    expect(channels).toMatchObject([{ channel_id, name: 'Table', your_seats: ['s0'] }]);
    expect(calls).toEqual([{ tool: 'sync_messages', arguments: { channel_id } }]);
    const read = await session.follow(calls[0]);
    expect(read).toMatchObject({ you: { slot_id: 's0', label: 'left' }, messages: [{ kind: 'system' }] });
    const posted = await session.call('post_message', { channel_id, body: 'back again' });
    expect(posted).toMatchObject({ you: { slot_id: 's0' } });
  });

  it('gets a handle for each of its seats where it has several, and plays them apart', async () => {
    await using models = await startModels();
    const { channel_id, invites } = await table(models);
    for (const invite_code of invites.slice(0, 2)) {
      await models.as('bob', edge).call('join_channel', { invite_code });
    }

    const { session, channels, calls } = await comeBack(models, 'bob', edge);
    expect(channels).toMatchObject([{ channel_id, your_seats: ['s0', 's1'] }]);
    for (const [index, next] of calls.entries()) {
      expect(next).toEqual({ tool: 'join_channel', arguments: { channel_id, slot_id: `s${index}` } });
      const { rejoin_token: seat, slot_id } = await session.follow(next);
      const posted = await session.call('post_message', { channel_id, body: `from ${slot_id}`, seat });
      expect(posted).toMatchObject({ you: { slot_id: `s${index}` } });
    }
  });

  it('looks at a strict channel, which opens a seat to nothing but its handle', async () => {
    await using models = await startModels();
    const { channel_id, invites } = await table(models, { strict_seats: true });
    await models.as('bob', edge).call('join_channel', { invite_code: invites[0] });

    const { session, calls } = await comeBack(models, 'bob', edge);
    expect(calls).toEqual([{ tool: 'get_channel_info', arguments: { channel_id } }]);
    expect(await session.follow(calls[0])).toMatchObject({ view: { strict_seats: true } });
  });

  it('reads as an admin the channel that it made without taking a seat', async () => {
    await using models = await startModels();
    const { channel_id } = await table(models);
    const { session, channels, calls } = await comeBack(models, 'alice', edge);
    expect(channels).toMatchObject([{ your_seats: [], admin: true }]);
    expect(calls).toEqual([{ tool: 'sync_messages', arguments: { channel_id } }]);
    expect(await session.call('sync_messages', { channel_id, timeout_ms: 0 })).toMatchObject({
      messages: [],
    });
  });

  it('reads a closed channel on', async () => {
    await using models = await startModels();
    const { channel_id, invites } = await table(models);
    await models.as('bob', edge).call('join_channel', { invite_code: invites[0] });
    await models.as('alice').call('update_channel', { channel_id, ops: [{ type: 'close' }] });
    const { session, channels, calls } = await comeBack(models, 'bob', edge);
    expect(channels).toMatchObject([{ closed: true }]);
    expect(await session.follow(calls[0])).toMatchObject({ view: { closed: true } });
  });

  it('looks at a listed channel of others', async () => {
    await using models = await startModels();
    const { channel_id } = await table(models, { visibility: 'listed' });
    const carol = models.as('carol', edge);
    const { channels } = await carol.call('list_channels', { filter: 'listed' });
    expect(channels).toMatchObject([
      { next_calls: [{ tool: 'get_channel_info', arguments: { channel_id } }] },
    ]);
    expect(await carol.follow(channels[0].next_calls[0])).toMatchObject({ view: { name: 'Table' } });
  });
});

describe.each(EDGES)('two seats of one account in one channel, over %s', (edge) => {
  it('post, read and get private words apart, each by its own handle', async () => {
    await using models = await startModels();
    const { channel_id, invites } = await table(models);
    const session = models.as('bob', edge);
    const seats = await Promise.all(
      invites.slice(0, 2).map((invite_code) => session.call('join_channel', { invite_code })),
    );
    for (const { slot_id, rejoin_token: seat } of seats) {
      const posted = await session.call('post_message', { channel_id, body: `I am ${slot_id}`, seat });
      expect(posted).toMatchObject({ you: { slot_id } });
      const read = await session.call('sync_messages', { channel_id, seat });
      expect(read).toMatchObject({ you: { slot_id } });
    }
    const { messages } = await session.call('sync_messages', {
      channel_id,
      seat: seats[0]?.['rejoin_token'],
    });
    const said = messages.filter(({ kind }: { kind: string }) => kind === 'user');
    expect(said).toMatchObject(
      seats.map(({ slot_id }) => ({ sender: slot_id, body: { text: `I am ${slot_id}` } })),
    );
  });

  it.each(['post_message', 'sync_messages'] as const)(
    '%s without `seat` says how to name one',
    async (tool) => {
      await using models = await startModels();
      const { channel_id, invites } = await table(models);
      const session = models.as('bob', edge);
      for (const invite_code of invites.slice(0, 2)) await session.call('join_channel', { invite_code });

      const args = tool === 'post_message' ? { channel_id, body: 'who am I' } : { channel_id };
      const error = await session.refused(tool, args);
      expect(error).toMatchObject({ code: 'SEAT_REQUIRED', seats: ['s0', 's1'] });
      expect(error['next']).toContain('Give `seat`');
      expect(error['next_call']).toEqual({ tool: 'get_channel_info', arguments: { channel_id } });
      const { view } = await session.follow(error['next_call']);
      expect(view.slots).toMatchObject([{ label: 'left' }, { label: 'right' }, { label: 'other' }]);
      // It plays the left one: the sentence says how it gets that seat's handle.
      const { rejoin_token: seat } = await session.call('join_channel', { channel_id, slot_id: 's0' });
      expect(await session.call(tool, { ...args, seat })).toMatchObject({ you: { label: 'left' } });
    },
  );
});
