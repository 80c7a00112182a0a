import { describe, expect, it } from 'vitest';
import { openChannels, refusal } from '../support/channels.ts';
import { openTable, seatTwo, strangeCode } from './support.ts';

const MINUTE = 60_000;

describe('an invite', () => {
  it('opens its seat, visibly, and rings on_join of every bot', async () => {
    await using channels = openChannels();
    const { channel_id, inviteA, alice } = await openTable(channels);
    const joined = await alice.join_channel({ invite_code: inviteA });
    expect(joined).toMatchObject({ channel_id, slot_id: 's1', you: { slot_id: 's1', label: 'A' } });
    expect(joined.rejoin_token).toMatch(new RegExp(`^rejoin_${channel_id.slice(4)}_[a-z2-7]{26}$`));
    expect(joined.view.slots[1]).toMatchObject({ filled_by: 'member', admin: true });
    await channels.settled(channel_id);
    expect((await channels.bodies(channel_id)).slice(-2)).toMatchObject([
      { type: 'seat:joined', slot_id: 's1', label: 'A' },
      { type: 'echo', hook: 'on_join', args: ['s1'] },
    ]);
  });

  it('may be copied with the white space beside it, and so may a handle', async () => {
    await using channels = openChannels();
    const { inviteA, alice } = await openTable(channels);
    const { rejoin_token } = await alice.join_channel({ invite_code: ` ${inviteA}\n` });
    const back = await alice.join_channel({ invite_code: `${rejoin_token}\r\n` });
    expect(back).toMatchObject({ slot_id: 's1', rejoin_token });
  });

  it('is nowhere in the log, nor is the handle', async () => {
    await using channels = openChannels();
    const { channel_id, inviteA, inviteB, a, b } = await seatTwo(channels);
    const stored = JSON.stringify(await channels.commits(channel_id));
    for (const secret of [inviteA, inviteB, a.rejoin_token, b.rejoin_token])
      expect(stored).not.toContain(secret);
  });

  it('that was used gives another handle to the same account for 10 minutes, visibly', async () => {
    await using channels = openChannels();
    const { channel_id, inviteA, alice } = await openTable(channels);
    const first = await alice.join_channel({ invite_code: inviteA });
    channels.clock.forward(10 * MINUTE);
    const second = await alice.join_channel({ invite_code: inviteA });
    expect(second).toMatchObject({ slot_id: 's1' });
    expect(second.rejoin_token).not.toBe(first.rejoin_token);
    expect(await channels.bodies(channel_id)).toContainEqual({
      type: 'seat:handle',
      slot_id: 's1',
      label: 'A',
    });
    await channels.settled(channel_id);
    expect(channels.sandbox.runs.filter(({ call }) => call.hook === 'on_join')).toHaveLength(1);
    for (const seat of [first.rejoin_token, second.rejoin_token])
      expect(await alice.get_channel_info({ channel_id, seat })).toMatchObject({ you: { slot_id: 's1' } });
    channels.clock.forward(1);
    expect(await refusal(alice.join_channel({ invite_code: inviteA }))).toBe('SLOT_ALREADY_FILLED');
  });

  it.each(['post_message', 'dm_bot'] as const)(
    'that was used is used up once its seat called %s',
    async (how) => {
      await using channels = openChannels();
      const { channel_id, bot_id, inviteA, alice } = await openTable(channels);
      await alice.join_channel({ invite_code: inviteA });
      if (how === 'dm_bot') await alice.dm_bot({ channel_id, bot_id, message: 'x' });
      else await alice.post_message({ channel_id, body: 'x' });
      expect(await refusal(alice.join_channel({ invite_code: inviteA }))).toBe('SLOT_ALREADY_FILLED');
    },
  );

  it('that was used opens nothing for another account', async () => {
    await using channels = openChannels();
    const { inviteA, alice, bob } = await openTable(channels);
    await alice.join_channel({ invite_code: inviteA });
    expect(await refusal(bob.join_channel({ invite_code: inviteA }))).toBe('SLOT_ALREADY_FILLED');
  });

  it('goes to one of two accounts that redeem it at once', async () => {
    await using channels = openChannels();
    const { channel_id, inviteA, alice, bob } = await openTable(channels);
    const outcomes = await Promise.allSettled(
      [alice, bob].map((who) => who.join_channel({ invite_code: inviteA })),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const slot = (await channels.state(channel_id)).slots[1];
    expect(slot?.tenures).toHaveLength(1);
  });

  it('that was used stays used up after its seat is empty again', async () => {
    await using channels = openChannels();
    const { channel_id, inviteA, alice } = await openTable(channels);
    await alice.join_channel({ invite_code: inviteA });
    await alice.update_channel({ channel_id, ops: [{ type: 'yield_slot' }] });
    expect(await refusal(alice.join_channel({ invite_code: inviteA }))).toBe('INVITE_INVALID');
  });

  it('expires after its time to live, to the millisecond', async () => {
    await using channels = openChannels();
    const { inviteA, inviteB, alice } = await openTable(channels, { invite_ttl_s: 60 });
    channels.clock.forward(MINUTE - 1);
    expect(await alice.join_channel({ invite_code: inviteA })).toMatchObject({ slot_id: 's1' });
    channels.clock.forward(1);
    expect(await refusal(alice.join_channel({ invite_code: inviteB }))).toBe('INVITE_EXPIRED');
  });

  it('that was revoked or replaced opens nothing; the new one does', async () => {
    await using channels = openChannels();
    const { channel_id, inviteA, inviteB, alice, bob } = await openTable(channels);
    await alice.update_channel({ channel_id, ops: [{ type: 'revoke_invite', slot_id: 's1' }] });
    expect(await refusal(bob.join_channel({ invite_code: inviteA }))).toBe('INVITE_REVOKED');
    const { invites } = await alice.update_channel({
      channel_id,
      ops: [
        { type: 'issue_invite', slot_id: 's1' },
        { type: 'issue_invite', slot_id: 's2' },
      ],
    });
    expect(await refusal(bob.join_channel({ invite_code: inviteB }))).toBe('INVITE_REVOKED');
    expect(invites?.map(({ slot_id, label }) => [slot_id, label])).toEqual([
      ['s1', 'A'],
      ['s2', 'B'],
    ]);
    const codes = invites!.map(({ invite_code }) => invite_code);
    expect(await bob.join_channel({ invite_code: codes[0]! })).toMatchObject({ slot_id: 's1' });
    expect(JSON.stringify(await channels.commits(channel_id))).not.toContain(codes[1]);
  });

  it('that was issued anew takes the time to live of the op, else that of the channel', async () => {
    await using channels = openChannels();
    const { channel_id, alice, bob } = await openTable(channels, { invite_ttl_s: 10 });
    const { invites } = await alice.update_channel({
      channel_id,
      ops: [
        { type: 'issue_invite', slot_id: 's1', ttl_s: 20 },
        { type: 'issue_invite', slot_id: 's2' },
      ],
    });
    channels.clock.forward(15_000);
    expect(await bob.join_channel({ invite_code: invites![0]!.invite_code })).toMatchObject({
      slot_id: 's1',
    });
    expect(await refusal(bob.join_channel({ invite_code: invites![1]!.invite_code }))).toBe('INVITE_EXPIRED');
  });

  it('of a closed channel opens nothing', async () => {
    await using channels = openChannels();
    const { channel_id, inviteA, alice, bob } = await openTable(channels);
    await alice.update_channel({ channel_id, ops: [{ type: 'close' }] });
    expect(await refusal(bob.join_channel({ invite_code: inviteA }))).toBe('CHANNEL_CLOSED');
    await alice.update_channel({ channel_id, ops: [{ type: 'delete' }] });
    expect(await refusal(bob.join_channel({ invite_code: inviteA }))).toBe('INVITE_INVALID');
  });
});

describe('a code that opens nothing', () => {
  const CODES = [
    ['no code at all', () => 'please', 'INVITE_INVALID'],
    ['half an invite', (id: string) => `inv_${id.slice(4)}`, 'INVITE_INVALID'],
    ['an invite in capitals', (id: string) => strangeCode('inv', id).toUpperCase(), 'INVITE_INVALID'],
    ['an invite with a space', (id: string) => `${strangeCode('inv', id)} `, 'INVITE_INVALID'],
    ['a made up invite', (id: string) => strangeCode('inv', id), 'INVITE_INVALID'],
    ['an invite of no channel', () => strangeCode('inv', `chn_${'q'.repeat(16)}`), 'INVITE_INVALID'],
    ['half a handle', (id: string) => `rejoin_${id.slice(4)}`, 'REJOIN_TOKEN_INVALID'],
    ['a made up handle', (id: string) => strangeCode('rejoin', id), 'REJOIN_TOKEN_INVALID'],
    ['a handle of no channel', () => strangeCode('rejoin', `chn_${'q'.repeat(16)}`), 'REJOIN_TOKEN_INVALID'],
  ] as const;

  it.each(CODES)('%s', async (_what, code, expected) => {
    await using channels = openChannels();
    const { channel_id, bob } = await openTable(channels);
    const head = await channels.head(channel_id);
    expect(await refusal(bob.join_channel({ invite_code: code(channel_id) }))).toBe(expected);
    expect(await channels.head(channel_id)).toBe(head);
  });

  it('is an invite that another channel gave, spelled for this one', async () => {
    await using channels = openChannels();
    const { channel_id, bob } = await openTable(channels);
    const other = await openTable(channels);
    const transplanted = other.inviteA.replace(other.channel_id.slice(4), channel_id.slice(4));
    expect(await refusal(bob.join_channel({ invite_code: transplanted }))).toBe('INVITE_INVALID');
  });
});
