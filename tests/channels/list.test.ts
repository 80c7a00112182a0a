import { describe, expect, it } from 'vitest';
import { openChannels, refusal } from '../support/channels.ts';
import { openTable, seatTwo } from './support.ts';

describe('list_channels', () => {
  it('shows an account its channels with its seats in them, and no others', async () => {
    await using channels = openChannels();
    const { channel_id, alice, bob, bot_id } = await seatTwo(channels);
    await openTable(channels);
    const { channels: mine } = await bob.list_channels({});
    expect(mine).toEqual([
      expect.objectContaining({
        channel_id,
        name: 'Table',
        bots: [bot_id],
        your_seats: ['s2'],
        admin: false,
        closed: false,
      }),
    ]);
    expect(mine[0]?.message_count).toBe((await channels.entries(channel_id)).length);
    expect((await alice.list_channels({})).channels).toHaveLength(2);
    expect(await channels.as('acc_carol').list_channels({})).toMatchObject({
      channels: [],
      next_cursor: null,
    });
  });

  it('drops a channel once the account neither sits in it nor administers it', async () => {
    await using channels = openChannels();
    const { channel_id, alice, bob } = await seatTwo(channels);
    await alice.update_channel({ channel_id, ops: [{ type: 'evict', slot_id: 's2' }] });
    expect((await bob.list_channels({})).channels).toEqual([]);
  });

  it('shows a moved seat to the account that has it now', async () => {
    await using channels = openChannels();
    const { channel_id, bob, b } = await seatTwo(channels);
    const carol = channels.as('acc_carol');
    await carol.join_channel({ invite_code: b.rejoin_token });
    expect((await carol.list_channels({})).channels).toMatchObject([{ channel_id, your_seats: ['s2'] }]);
    expect((await bob.list_channels({})).channels).toEqual([]);
  });

  it('shows anyone the listed channels that are open, without what is said in them', async () => {
    await using channels = openChannels();
    const { channel_id, alice } = await openTable(channels, { visibility: 'listed' });
    await openTable(channels);
    const carol = channels.as('acc_carol');
    const listed = async () => (await carol.list_channels({ filter: 'listed' })).channels;
    expect(await listed()).toMatchObject([{ channel_id, your_seats: [], admin: false }]);
    expect(await carol.get_channel_info({ channel_id })).toMatchObject({ view: { name: 'Table' } });
    expect(await carol.get_bot_code({ channel_id, bot_id: 'bot_Referee_0' })).toMatchObject({ offset: 0 });
    expect(await refusal(carol.sync_messages({ channel_id, timeout_ms: 0 }))).toBe('NOT_MEMBER');
    const setVisibility = (visibility: 'private' | 'listed') =>
      alice.update_channel({ channel_id, ops: [{ type: 'set_visibility', visibility }] });
    await setVisibility('private');
    expect(await listed()).toEqual([]);
    expect(await refusal(carol.get_channel_info({ channel_id }))).toBe('CHANNEL_NOT_FOUND');
    await setVisibility('listed');
    expect(await listed()).toHaveLength(1);
    await alice.update_channel({ channel_id, ops: [{ type: 'close' }] });
    expect(await listed()).toEqual([]);
  });

  it('pages newest first by its cursor, each channel once, past those that are no longer listed', async () => {
    await using channels = openChannels();
    const made: string[] = [];
    for (let n = 0; n < 12; n++) {
      channels.clock.forward(n % 3);
      const { channel_id, alice } = await openTable(channels, { visibility: 'listed' });
      if (n % 4 === 0)
        await alice.update_channel({ channel_id, ops: [{ type: 'set_visibility', visibility: 'private' }] });
      else made.push(channel_id);
    }
    const carol = channels.as('acc_carol');
    for (const limit of [1, 2, 5, 7, 8, 9, 50]) {
      const seen: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await carol.list_channels({ filter: 'listed', limit, ...(cursor ? { cursor } : {}) });
        expect(page.channels.length).toBeLessThanOrEqual(limit);
        seen.push(...page.channels.map(({ channel_id }) => channel_id));
        cursor = page.next_cursor;
      }
      expect(seen.toSorted()).toEqual(made.toSorted());
    }
  });

  it.each(['', 'x', '5', '-1.chn_aaaaaaaaaaaaaaaa', '1.chn_A', '1.chn_aaaaaaaaaaaaaaaa.'])(
    'refuses the cursor %j',
    async (cursor) => {
      await using channels = openChannels();
      expect(await refusal(channels.as('acc_alice').list_channels({ cursor }))).toBe('BAD_CURSOR');
    },
  );
});
