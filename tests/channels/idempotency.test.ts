import { describe, expect, it } from 'vitest';
import { openChannels, refusal, type TestChannels } from '../support/channels.ts';
import { ECHO, openSeated, openTable, seatTwo } from './support.ts';

type Table = Awaited<ReturnType<typeof openTable>>;
type Key = { readonly idempotency_key: string };

/** Every write: a call under a key, and one with other arguments under the same key. */
const WRITES: readonly {
  readonly name: string;
  readonly call: (table: Table, channels: TestChannels, key: Key) => Promise<object>;
  readonly other: (table: Table, channels: TestChannels, key: Key) => Promise<object>;
}[] = [
  {
    name: 'create_channel',
    call: ({ alice }, _channels, key) =>
      alice.create_channel({ name: 'n', slots: ['bot:R', 'invite:A'], bot_code: ECHO, ...key }),
    other: ({ alice }, _channels, key) =>
      alice.create_channel({ name: 'other', slots: ['bot:R', 'invite:A'], bot_code: ECHO, ...key }),
  },
  {
    name: 'join_channel',
    call: ({ bob, inviteB }, _channels, key) => bob.join_channel({ invite_code: inviteB, ...key }),
    other: ({ bob, inviteA }, _channels, key) => bob.join_channel({ invite_code: inviteA, ...key }),
  },
  {
    name: 'join_channel that rotates',
    call: ({ alice, handle }: Table & { handle?: string }, _channels, key) =>
      alice.join_channel({ invite_code: handle ?? '', rotate: true, ...key }),
    other: ({ alice, handle }: Table & { handle?: string }, _channels, key) =>
      alice.join_channel({ invite_code: handle ?? '', ...key }),
  },
  {
    name: 'post_message',
    call: ({ alice, channel_id }, _channels, key) =>
      alice.post_message({ channel_id, body: { a: 1, b: 2 }, ...key }),
    other: ({ alice, channel_id }, _channels, key) =>
      alice.post_message({ channel_id, body: { a: 1, b: 3 }, ...key }),
  },
  {
    name: 'dm_bot',
    call: ({ alice, channel_id, bot_id }, _channels, key) =>
      alice.dm_bot({ channel_id, bot_id, message: 'x', ...key }),
    other: ({ alice, channel_id }, _channels, key) => alice.post_message({ channel_id, body: 'x', ...key }),
  },
  {
    name: 'update_channel with an invite',
    call: ({ alice, channel_id }, _channels, key) =>
      alice.update_channel({ channel_id, ops: [{ type: 'issue_invite', slot_id: 's2' }], ...key }),
    other: ({ alice, channel_id }, _channels, key) =>
      alice.update_channel({ channel_id, ops: [{ type: 'close' }], ...key }),
  },
  {
    name: 'attach_bot',
    call: ({ alice, channel_id }, _channels, key) =>
      alice.attach_bot({ channel_id, inline_code: ECHO, ...key }),
    other: ({ alice, channel_id }, _channels, key) =>
      alice.attach_bot({ channel_id, inline_code: `${ECHO}#`, ...key }),
  },
];

/** What may differ between an answer and its repetition: what the channel looks like now. */
function lasting(answer: object): object {
  const {
    view: _view,
    bots: _bots,
    bot: _bot,
    loop_guard: _left,
    ...rest
  } = answer as Record<string, unknown>;
  return rest;
}

describe('a write under an idempotency key', () => {
  it.each(WRITES)(
    '$name takes effect once and gives its first answer again, codes included',
    async ({ call, other }) => {
      await using channels = openChannels();
      const table = await openTable(channels, {
        slots: ['bot:Referee', 'invite:A', 'invite:B', 'bot:Spare'],
      });
      const { rejoin_token } = await table.alice.join_channel({ invite_code: table.inviteA });
      const seated = { ...table, handle: rejoin_token };
      const key = { idempotency_key: 'k-1' };
      const first = await call(seated, channels, key);
      const { channel_id } = 'channel_id' in first ? (first as { channel_id: string }) : table;
      await channels.settled(channel_id);
      const head = await channels.head(channel_id);
      const containers = new Set(channels.sandbox.containers);
      expect(lasting(await call(seated, channels, key))).toEqual(lasting(first));
      expect(await refusal(other(seated, channels, key))).toBe('IDEMPOTENCY_CONFLICT');
      expect(await channels.head(channel_id)).toBe(head);
      expect(channels.sandbox.containers).toEqual(containers);
      expect(
        lasting(await call(seated, channels, { idempotency_key: 'k-2' }).catch(() => ({ refused: true }))),
      ).not.toEqual(lasting(first));
    },
  );

  it.each(WRITES)('$name takes effect once when it is sent twice at once', async ({ call }) => {
    await using channels = openChannels();
    const table = await openTable(channels, { slots: ['bot:Referee', 'invite:A', 'invite:B', 'bot:Spare'] });
    const { rejoin_token } = await table.alice.join_channel({ invite_code: table.inviteA });
    const seated = { ...table, handle: rejoin_token };
    const key = { idempotency_key: 'k' };
    const [one, two] = await Promise.all([call(seated, channels, key), call(seated, channels, key)]);
    expect(lasting(one)).toEqual(lasting(two));
  });

  it('survives a restart', async () => {
    await using before = openChannels();
    const { channel_id, alice } = await seatTwo(before);
    const input = { channel_id, body: 'x', idempotency_key: 'k' };
    const first = await alice.post_message(input);
    await using after = openChannels({ store: before.store, clock: before.clock, sandbox: before.sandbox });
    expect(await after.as('acc_alice').post_message(input)).toMatchObject({
      msg_id: first.msg_id,
      ts: first.ts,
    });
  });

  it('is known for the seat, whatever account plays it, and to no other seat', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, bob, a } = table;
    const input = { channel_id, body: 'x', idempotency_key: 'k' };
    const first = await alice.post_message(input);
    expect((await bob.post_message(input)).msg_id).not.toBe(first.msg_id);
    const carol = channels.as('acc_carol');
    await carol.join_channel({ invite_code: a.rejoin_token });
    expect((await carol.post_message({ ...input, seat: a.rejoin_token })).msg_id).toBe(first.msg_id);
  });

  it('is known while it is among the last 1,000 of its seat', async () => {
    await using table = await openSeated();
    const { channel_id, alice } = table;
    const post = async (key: number) =>
      (await alice.post_message({ channel_id, body: 'x', wait_ms: 0, idempotency_key: `k${key}` })).msg_id;
    const ids = [];
    for (let key = 0; key < 1_001; key++) {
      ids.push(await post(key));
      if (key % 50 === 0) await table.channels.settled(channel_id);
    }
    await table.channels.settled(channel_id);
    expect(await post(1)).toBe(ids[1]);
    expect(await post(1_000)).toBe(ids[1_000]);
    expect(await post(0)).toBeGreaterThan(ids[1_000]!);
  });

  it('remembers no secret', async () => {
    await using channels = openChannels();
    const { channel_id, alice, inviteA } = await openTable(channels);
    const joined = await alice.join_channel({ invite_code: inviteA, idempotency_key: 'join' });
    const issued = await alice.update_channel({
      channel_id,
      ops: [{ type: 'issue_invite', slot_id: 's2' }],
      idempotency_key: 'issue',
    });
    const stored = JSON.stringify(await channels.commits(channel_id));
    expect(stored).not.toContain(joined.rejoin_token);
    expect(stored).not.toContain(issued.invites![0]!.invite_code);
  });

  it('that was refused may be tried again under the same key', async () => {
    await using table = await openSeated();
    const { channel_id, alice, inviteA } = table;
    expect(inviteA).toMatch(/^inv_/);
    const live = table.a.rejoin_token;
    expect(await refusal(alice.post_message({ channel_id, body: live, idempotency_key: 'k' }))).toBe(
      'SECRET_IN_BODY',
    );
    await alice.post_message({ channel_id, body: 'without it', idempotency_key: 'k' });
  });

  it('is not needed: without one, nothing is deduplicated', async () => {
    await using table = await openSeated();
    const { channel_id, alice } = table;
    const [one, two] = [
      await alice.post_message({ channel_id, body: 'x' }),
      await alice.post_message({ channel_id, body: 'x' }),
    ];
    expect(two.msg_id).toBeGreaterThan(one.msg_id);
  });
});
