import { describe, expect, it } from 'vitest';
import { openChannels, refusal, refused, type TestChannels } from '../support/channels.ts';
import { ok } from '../support/fake-sandbox.ts';
import { ECHO, openTable, seatTwo } from './support.ts';

const SEATS = { name: 'Seats', slots: ['invite:A', 'invite:B'] };
const KIB = 1_024;

/** Another server over the same store, which knows nothing yet. */
function besides(channels: TestChannels, quota: object) {
  const { store, clock, sandbox } = channels;
  return openChannels({ store, clock, sandbox, quota, shared: true });
}

describe('open channels of an account', () => {
  const quota = { channels: 2 };

  it('are counted: one more is refused, with what to do', async () => {
    await using channels = openChannels({ quota });
    const alice = channels.as('acc_alice');
    await alice.create_channel(SEATS);
    await alice.create_channel(SEATS);
    expect(await refused(alice.create_channel(SEATS))).toMatchObject({
      code: 'QUOTA',
      message: 'An account may have 2 open channels that it made at most.',
      details: { next_call: { tool: 'list_channels', arguments: {} } },
    });
    expect((await alice.list_channels({})).channels).toHaveLength(2);
  });

  it('make room when one is closed, or deleted and erased', async () => {
    await using channels = openChannels({ quota });
    const alice = channels.as('acc_alice');
    const { channel_id } = await alice.create_channel(SEATS);
    for (const ops of [[{ type: 'close' }], [{ type: 'delete' }]] as const) {
      await alice.create_channel(SEATS);
      expect(await refusal(alice.create_channel(SEATS))).toBe('QUOTA');
      const { channels: mine } = await alice.list_channels({});
      const id =
        ops[0].type === 'close' ? channel_id : (mine.find(({ closed }) => !closed)?.channel_id ?? '');
      if (ops[0].type === 'delete') await alice.update_channel({ channel_id: id, ops: [{ type: 'close' }] });
      await alice.update_channel({ channel_id: id, ops: [...ops] });
    }
    await alice.create_channel(SEATS);
  });

  it('are counted by every server of a store, and after a restart', async () => {
    await using one = openChannels({ quota, shared: true });
    await one.as('acc_alice').create_channel(SEATS);
    await using other = besides(one, quota);
    await other.as('acc_alice').create_channel(SEATS);
    expect(await refusal(one.as('acc_alice').create_channel(SEATS))).toBe('QUOTA');
    await using later = besides(one, quota);
    expect(await refusal(later.as('acc_alice').create_channel(SEATS))).toBe('QUOTA');
  });

  it('are no more than may be where many are made at once', async () => {
    await using channels = openChannels({ quota: { channels: 3 } });
    const alice = channels.as('acc_alice');
    const made = await Promise.allSettled(Array.from({ length: 20 }, () => alice.create_channel(SEATS)));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect((await alice.list_channels({})).channels).toHaveLength(3);
  });

  it('are those that it made, not those in which it sits', async () => {
    await using channels = openChannels({ quota });
    const [alice, bob] = [channels.as('acc_alice'), channels.as('acc_bob')];
    for (let i = 0; i < 2; i++) {
      const { invites } = await alice.create_channel(SEATS);
      await bob.join_channel({ invite_code: invites[0] ?? '' });
    }
    expect((await bob.create_channel(SEATS)).invites).toHaveLength(2);
  });

  it('are not counted twice by a call that is repeated', async () => {
    await using channels = openChannels({ quota: { channels: 1 } });
    const alice = channels.as('acc_alice');
    const first = await alice.create_channel({ ...SEATS, idempotency_key: 'k' });
    expect(await alice.create_channel({ ...SEATS, idempotency_key: 'k' })).toEqual(first);
  });
});

describe('bots of an account', () => {
  it('are counted over its open channels, whichever call attaches them', async () => {
    await using channels = openChannels({ quota: { bots: 2 } });
    const { alice, channel_id, bot_id } = await openTable(channels, {
      slots: ['bot:Referee', 'bot:Other', 'invite:A'],
    });
    const inline_code = ECHO;
    await alice.attach_bot({ channel_id, slot: 'Other', inline_code });
    const creation = { ...SEATS, slots: ['bot:R', 'invite:A'], bot_code: ECHO };
    expect(await refusal(alice.create_channel(creation))).toBe('QUOTA');
    // One in place of another adds none.
    await alice.update_channel({ channel_id, ops: [{ type: 'set_bot', slot: 'Other', inline_code }] });
    await alice.update_channel({ channel_id, ops: [{ type: 'remove_bot', bot_id }] });
    await alice.create_channel(creation);
    expect(await refusal(alice.attach_bot({ channel_id, slot: 'Referee', inline_code }))).toBe('QUOTA');
    const ops = [{ type: 'set_bot', slot: 'Referee', inline_code }] as const;
    expect(await refusal(alice.update_channel({ channel_id, ops: [...ops] }))).toBe('QUOTA');
  });
});

describe('what an account stores', () => {
  const body = 'x'.repeat(60 * KIB);

  it('is what its channels hold: a post for which there is no room is refused', async () => {
    await using channels = openChannels({ quota: { bytes: 256 * KIB } });
    const { alice, bob, channel_id } = await seatTwo(channels, { bots: [] });
    for (let post = 0; post < 4; post++) {
      await (post % 2 ? alice : bob).post_message({ channel_id, body });
    }
    const head = await channels.head(channel_id);
    expect(await refused(bob.post_message({ channel_id, body }))).toMatchObject({
      code: 'QUOTA',
      details: { limit_bytes: 256 * KIB },
    });
    expect(await channels.head(channel_id)).toBe(head);
    await bob.post_message({ channel_id, body: 'short' });
  });

  it('is counted over all of its channels, and for a server that has just started', async () => {
    const quota = { bytes: 256 * KIB };
    await using channels = openChannels({ quota, shared: true });
    const [one, two] = [await seatTwo(channels, { bots: [] }), await seatTwo(channels, { bots: [] })];
    for (const { alice, channel_id } of [one, one, two, two]) await alice.post_message({ channel_id, body });
    await using later = besides(channels, quota);
    expect(
      await refusal(
        later
          .as('acc_alice')
          .create_channel({ ...SEATS, bot_code: '#'.repeat(40 * KIB), slots: ['bot:R', 'invite:A'] }),
      ),
    ).toBe('QUOTA');
    expect(await refusal(later.as('acc_bob').post_message({ channel_id: two.channel_id, body }))).toBe(
      'QUOTA',
    );
  });

  it('is free again once a channel is deleted', async () => {
    await using channels = openChannels({ quota: { bytes: 256 * KIB } });
    const [full, next] = [await seatTwo(channels, { bots: [] }), await seatTwo(channels, { bots: [] })];
    for (let post = 0; post < 4; post++) await full.alice.post_message({ channel_id: full.channel_id, body });
    const { alice, channel_id } = next;
    expect(await refusal(alice.create_channel(SEATS))).toBe('QUOTA');
    await alice.update_channel({ channel_id: full.channel_id, ops: [{ type: 'close' }] });
    await alice.update_channel({ channel_id: full.channel_id, ops: [{ type: 'delete' }] });
    await alice.create_channel(SEATS);
    expect(await alice.post_message({ channel_id, body })).toMatchObject({ you: { slot_id: 's1' } });
  });

  it('holds the sources and the states of bots too', async () => {
    await using channels = openChannels();
    const source = `${ECHO}#${'s'.repeat(30 * KIB)}`;
    channels.sandbox.script(source, () => ok([], { kept: 't'.repeat(20 * KIB) }));
    const { channel_id } = await openTable(channels, { bots: [{ inline_code: source }] });
    const { stored_bytes, bots } = await channels.state(channel_id);
    expect(stored_bytes).toBeGreaterThan(30 * KIB);
    expect(bots[0]?.state_bytes).toBeGreaterThan(20 * KIB);
  });

  it('is the same however the commits were folded', async () => {
    await using channels = openChannels();
    const { alice, bob, channel_id } = await seatTwo(channels);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? alice : bob).post_message({ channel_id, body: `${i}` })),
    );
    await channels.settled(channel_id);
    const { stored_bytes } = await channels.state(channel_id);
    channels.streams.forget(channel_id);
    expect((await channels.state(channel_id)).stored_bytes).toBe(stored_bytes);
  });
});

describe('a seat', () => {
  it('is given 1,000 handles at most; those that it has stay good', async () => {
    await using channels = openChannels();
    const { alice, channel_id, a } = await seatTwo(channels, { bots: [] });
    const again = { channel_id, slot_id: 's0' };
    const { slot_id } = a;
    let last = a.rejoin_token;
    for (let handle = 1; handle < 1_000; handle++)
      last = (await alice.join_channel({ ...again, slot_id })).rejoin_token;
    const head = await channels.head(channel_id);
    expect(await refusal(alice.join_channel({ ...again, slot_id }))).toBe('SEAT_LIMIT');
    expect(await refusal(alice.join_channel({ invite_code: last, rotate: true }))).toBe('SEAT_LIMIT');
    expect(await refusal(channels.as('acc_carol').join_channel({ invite_code: last }))).toBe('SEAT_LIMIT');
    expect(await channels.head(channel_id)).toBe(head);
    await alice.post_message({ channel_id, body: 'still here', seat: last });
  });

  it('goes from account to account 1,000 times at most', async () => {
    await using channels = openChannels();
    const { channel_id, a } = await seatTwo(channels, { bots: [] });
    const players = [channels.as('acc_carol'), channels.as('acc_dave')];
    for (let move = 1; move < 1_000; move++)
      await players[move % 2]?.join_channel({ invite_code: a.rejoin_token });
    const head = await channels.head(channel_id);
    expect(await refusal(players[0]!.join_channel({ invite_code: a.rejoin_token }))).toBe('SEAT_LIMIT');
    expect(await channels.head(channel_id)).toBe(head);
  });
});
