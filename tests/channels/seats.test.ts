import { describe, expect, it } from 'vitest';
import type { CodedError } from '../../control-plane/src/kernel/errors.ts';
import { openChannels, refusal, type TestChannels } from '../support/channels.ts';
import { openSeated, openTable, seatTwo, strangeCode } from './support.ts';

type Seated = Awaited<ReturnType<typeof seatTwo>>;

/** What was done, who calls with which handle, and who they are then, or why not. */
const ROWS: readonly {
  readonly when: string;
  readonly strict?: true;
  readonly listed?: true;
  readonly before?: (table: Seated, channels: TestChannels) => Promise<unknown>;
  readonly account: string;
  readonly handle?: 'a' | 'b' | 'strange' | 'malformed' | 'invite';
  readonly is: string;
}[] = [
  { when: 'the only tenure of an account, without a handle', account: 'acc_bob', is: 's2' },
  { when: 'its own handle', account: 'acc_bob', handle: 'b', is: 's2' },
  { when: 'the handle of another account', account: 'acc_bob', handle: 'a', is: 'SEAT_INVALID' },
  { when: 'a handle that nobody gave', account: 'acc_bob', handle: 'strange', is: 'SEAT_INVALID' },
  { when: 'a malformed handle', account: 'acc_bob', handle: 'malformed', is: 'SEAT_INVALID' },
  { when: 'an invite as a handle', account: 'acc_bob', handle: 'invite', is: 'SEAT_INVALID' },
  { when: 'strict seats, without a handle', strict: true, account: 'acc_bob', is: 'SEAT_REQUIRED' },
  { when: 'strict seats, with its handle', strict: true, account: 'acc_bob', handle: 'b', is: 's2' },
  {
    when: 'two live tenures, without a handle',
    before: aliceTakesBoth,
    account: 'acc_alice',
    is: 'SEAT_REQUIRED',
  },
  {
    when: 'two live tenures, with the first handle',
    before: aliceTakesBoth,
    account: 'acc_alice',
    handle: 'a',
    is: 's1',
  },
  {
    when: 'two live tenures, with the second handle',
    before: aliceTakesBoth,
    account: 'acc_alice',
    handle: 'b',
    is: 's2',
  },
  {
    when: 'a second tenure after the first ended',
    before: bobComesAgain,
    account: 'acc_bob',
    is: 'SEAT_REQUIRED',
  },
  {
    when: 'the handle of an ended tenure',
    before: bobComesAgain,
    account: 'acc_bob',
    handle: 'b',
    is: 'SEAT_INVALID',
  },
  { when: 'an ended tenure, without a handle', before: evictBob, account: 'acc_bob', is: 'NOT_MEMBER' },
  { when: 'a tenure that moved away', before: aliceTakesBoth, account: 'acc_bob', is: 'NOT_MEMBER' },
  { when: 'a stranger', account: 'acc_carol', is: 'CHANNEL_NOT_FOUND' },
  { when: "a stranger with a member's handle", account: 'acc_carol', handle: 'b', is: 'CHANNEL_NOT_FOUND' },
  { when: 'a stranger to a listed channel', listed: true, account: 'acc_carol', is: 'NOT_MEMBER' },
];

async function aliceTakesBoth({ alice, b }: Seated) {
  await alice.join_channel({ invite_code: b.rejoin_token });
}
async function evictBob({ alice, channel_id }: Seated) {
  await alice.update_channel({ channel_id, ops: [{ type: 'evict', slot_id: 's2' }] });
}
async function bobComesAgain(table: Seated) {
  await evictBob(table);
  const { alice, bob, channel_id } = table;
  const { invites } = await alice.update_channel({
    channel_id,
    ops: [{ type: 'issue_invite', slot_id: 's2' }],
  });
  await bob.join_channel({ invite_code: invites![0]!.invite_code });
}

describe('the seat of a call', () => {
  it.each(ROWS)('$when: $is', async ({ strict, listed, before, account, handle, is }) => {
    await using channels = openChannels();
    const table = await seatTwo(channels, {
      ...(strict ? { strict_seats: true } : {}),
      ...(listed ? { visibility: 'listed' } : {}),
    });
    await before?.(table, channels);
    await channels.settled(table.channel_id);
    const { channel_id, a, b } = table;
    const handles = {
      a: a.rejoin_token,
      b: b.rejoin_token,
      strange: strangeCode('rejoin', channel_id),
      malformed: 'seat please',
      invite: table.inviteB,
    };
    const head = await channels.head(channel_id);
    const call = channels.as(account).post_message({
      channel_id,
      body: 'x',
      ...(handle ? { seat: handles[handle] } : {}),
    });
    const outcome = await call.then(
      ({ you }) => you?.slot_id,
      (error: CodedError) => error.code,
    );
    expect(outcome).toBe(is);
    const seated = /^s\d/.test(is);
    expect((await channels.head(channel_id)) === head).toBe(!seated);
  });

  it('is not found by the handle of another channel', async () => {
    await using channels = openChannels();
    const [here, there] = [await seatTwo(channels), await seatTwo(channels)];
    const call = here.alice.post_message({
      channel_id: here.channel_id,
      body: 'x',
      seat: there.a.rejoin_token,
    });
    expect(await refusal(call)).toBe('SEAT_INVALID');
  });

  it('is told to members and bots by slot and label, never by account', async () => {
    await using channels = openChannels();
    const { channel_id, alice } = await seatTwo(channels);
    await alice.post_message({ channel_id, body: 'x' });
    const shown = JSON.stringify([
      await alice.get_channel_info({ channel_id }),
      await alice.sync_messages({ channel_id, timeout_ms: 0, max_tokens: 20_000 }),
      await alice.list_channels({}),
      channels.sandbox.runs,
    ]);
    expect(shown).not.toContain('acc_');
    expect(channels.sandbox.runs.at(-1)?.call.players).toEqual([
      { slot_id: 's1', label: 'A' },
      { slot_id: 's2', label: 'B' },
    ]);
  });
});

describe('an admin without a seat', () => {
  it('reads what is public, who, code and list, and cannot post', async () => {
    await using channels = openChannels();
    const { channel_id, alice, bob, inviteB, bot_id } = await openTable(channels);
    await bob.join_channel({ invite_code: inviteB });
    await bob.post_message({ channel_id, body: 'for all' });
    await bob.dm_bot({ channel_id, bot_id, message: 'for the bot' });
    const { messages, you } = await alice.sync_messages({ channel_id, timeout_ms: 0, max_tokens: 20_000 });
    expect(you).toBeUndefined();
    const texts = messages.map(({ body }) => (body as { text?: string }).text);
    expect(texts).toContain('for all');
    expect(texts).not.toContain('for the bot');
    expect(messages.every((message) => message.to_slot === undefined)).toBe(true);
    expect(await alice.get_channel_info({ channel_id })).toMatchObject({ bots: [{ bot_id }] });
    expect(await alice.get_bot_code({ channel_id, bot_id })).toMatchObject({ removed: false });
    expect((await alice.list_channels({})).channels).toMatchObject([
      { channel_id, admin: true, your_seats: [] },
    ]);
    expect(await refusal(alice.post_message({ channel_id, body: 'x' }))).toBe('NOT_MEMBER');
    expect(await refusal(alice.dm_bot({ channel_id, bot_id, message: 'x' }))).toBe('NOT_MEMBER');
    expect(await refusal(alice.sync_messages({ channel_id, seat: strangeCode('rejoin', channel_id) }))).toBe(
      'SEAT_INVALID',
    );
  });
});

describe('a call that needs no seat', () => {
  it.each(['rename', 'set_bot'] as const)('still refuses a seat that is not its own: %s', async (type) => {
    await using table = await openSeated({ bots_policy: 'open' });
    const { channels, channel_id, alice, b } = table;
    const head = await channels.head(channel_id);
    const op =
      type === 'rename' ? { type, name: 'New' } : { type, slot: 'Referee', inline_code: 'class New: pass' };
    const call = alice.update_channel({ channel_id, ops: [op], seat: b.rejoin_token });
    expect(await refusal(call)).toBe('SEAT_INVALID');
    expect(await channels.head(channel_id)).toBe(head);
  });

  it('attach_bot refuses it before anything is attached', async () => {
    await using channels = openChannels();
    const table = await openTable(channels, { slots: ['bot:R', 'bot:T', 'invite:A', 'invite:B'] });
    const { channel_id, alice } = table;
    const head = await channels.head(channel_id);
    const containers = new Set(channels.sandbox.containers);
    const call = alice.attach_bot({
      channel_id,
      inline_code: 'class New: pass',
      seat: strangeCode('rejoin', channel_id),
    });
    expect(await refusal(call)).toBe('SEAT_INVALID');
    expect(await channels.head(channel_id)).toBe(head);
    expect(channels.sandbox.containers).toEqual(containers);
  });
});
