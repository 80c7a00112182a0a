import { describe, expect, it } from 'vitest';
import { openChannels, refusal } from '../support/channels.ts';
import { openSeated, openTable } from './support.ts';

describe('a handle', () => {
  it('brings its account back to the seat, and leaves nothing in the log', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, a } = table;
    const head = await channels.head(channel_id);
    expect(await alice.join_channel({ invite_code: a.rejoin_token })).toMatchObject({
      slot_id: 's1',
      rejoin_token: a.rejoin_token,
    });
    expect(await channels.head(channel_id)).toBe(head);
  });

  it('moves the seat to another account, visibly: the same player, without another on_join', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, a, bot_id } = table;
    const { msg_id } = await alice.dm_bot({ channel_id, bot_id, message: 'my secret' });
    const joins = channels.sandbox.runs.filter(({ call }) => call.hook === 'on_join').length;
    const carol = channels.as('acc_carol');
    const moved = await carol.join_channel({ invite_code: a.rejoin_token });
    expect(moved).toMatchObject({
      slot_id: 's1',
      rejoin_token: a.rejoin_token,
      view: { slots: [{}, { admin: true }, {}] },
    });
    expect((await channels.bodies(channel_id)).at(-1)).toEqual({
      type: 'seat:moved',
      slot_id: 's1',
      label: 'A',
    });
    const { messages } = await carol.sync_messages({ channel_id, cursor: msg_id - 1, timeout_ms: 0 });
    expect(messages[0]).toMatchObject({ id: msg_id, body: { text: 'my secret' } });
    await carol.post_message({ channel_id, body: 'I am carol' });
    expect(await refusal(alice.post_message({ channel_id, body: 'x', seat: a.rejoin_token }))).toBe(
      'SEAT_INVALID',
    );
    expect(await refusal(alice.post_message({ channel_id, body: 'x' }))).toBe('NOT_MEMBER');
    expect(channels.sandbox.runs.filter(({ call }) => call.hook === 'on_join')).toHaveLength(joins);
  });

  it('can move the seat back again', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, a } = table;
    await channels.as('acc_carol').join_channel({ invite_code: a.rejoin_token });
    await alice.join_channel({ invite_code: a.rejoin_token });
    expect(await alice.post_message({ channel_id, body: 'x' })).toMatchObject({ you: { slot_id: 's1' } });
  });

  it('that is rotated ends, and so do all others of the seat', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, a } = table;
    const again = await alice.join_channel({ channel_id, slot_id: 's1' });
    const rotated = await alice.join_channel({ invite_code: a.rejoin_token, rotate: true });
    expect((await channels.bodies(channel_id)).at(-1)).toMatchObject({ type: 'seat:handle' });
    for (const dead of [a.rejoin_token, again.rejoin_token]) {
      expect(await refusal(alice.join_channel({ invite_code: dead }))).toBe('REJOIN_TOKEN_INVALID');
      expect(await refusal(alice.post_message({ channel_id, body: 'x', seat: dead }))).toBe('SEAT_INVALID');
    }
    await alice.post_message({ channel_id, body: 'x', seat: rotated.rejoin_token });
  });

  it('that is rotated by another account moves the seat and shuts the old holder out', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, a } = table;
    const carol = channels.as('acc_carol');
    const { rejoin_token } = await carol.join_channel({ invite_code: a.rejoin_token, rotate: true });
    expect((await channels.bodies(channel_id)).at(-1)).toMatchObject({ type: 'seat:moved' });
    expect(await refusal(alice.join_channel({ invite_code: a.rejoin_token }))).toBe('REJOIN_TOKEN_INVALID');
    expect(await refusal(alice.join_channel({ channel_id, slot_id: 's1' }))).toBe('NOT_MEMBER');
    await carol.post_message({ channel_id, body: 'x', seat: rejoin_token });
  });

  it('that is lost is replaced for the account that holds the seat, visibly', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, a } = table;
    const { rejoin_token } = await alice.join_channel({ channel_id, slot_id: 's1' });
    expect(rejoin_token).not.toBe(a.rejoin_token);
    expect((await channels.bodies(channel_id)).at(-1)).toEqual({
      type: 'seat:handle',
      slot_id: 's1',
      label: 'A',
    });
    for (const seat of [a.rejoin_token, rejoin_token])
      expect(await alice.post_message({ channel_id, body: 'x', seat })).toMatchObject({
        you: { slot_id: 's1' },
      });
  });

  const NOT_REPLACED = [
    ['a seat of somebody else', 'acc_alice', 's2', 'SLOT_NOT_FOUND'],
    ['a slot that is not there', 'acc_alice', 's9', 'SLOT_NOT_FOUND'],
    ['a bot slot', 'acc_alice', 's0', 'SLOT_NOT_FOUND'],
    ['a stranger', 'acc_carol', 's1', 'CHANNEL_NOT_FOUND'],
  ] as const;
  it.each(NOT_REPLACED)('is not given out again for %s', async (_who, account, slot_id, expected) => {
    await using table = await openSeated();
    const { channels, channel_id } = table;
    const head = await channels.head(channel_id);
    expect(await refusal(channels.as(account).join_channel({ channel_id, slot_id }))).toBe(expected);
    expect(await channels.head(channel_id)).toBe(head);
  });

  it('is not given out again with strict seats: two conversations may share the account', async () => {
    await using table = await openSeated({ strict_seats: true });
    const { channel_id, alice } = table;
    expect(await refusal(alice.join_channel({ channel_id, slot_id: 's1' }))).toBe('SEAT_REQUIRED');
  });

  it('of an evicted tenure opens nothing', async () => {
    await using table = await openSeated();
    const { channel_id, alice, bob, b } = table;
    await alice.update_channel({ channel_id, ops: [{ type: 'evict', slot_id: 's2' }] });
    expect(await refusal(bob.join_channel({ invite_code: b.rejoin_token }))).toBe('REJOIN_TOKEN_INVALID');
    expect(await refusal(bob.join_channel({ channel_id, slot_id: 's2' }))).toBe('NOT_MEMBER');
  });

  it('can be asked for in one way at a time', async () => {
    await using channels = openChannels();
    const { channel_id, alice, inviteA } = await openTable(channels);
    for (const input of [{}, { channel_id }, { slot_id: 's1' }, { invite_code: inviteA, channel_id }])
      expect(await refusal(alice.join_channel(input))).toBe('INVALID_REQUEST');
  });
});
