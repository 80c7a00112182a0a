import { describe, expect, it } from 'vitest';
import { openChannels } from '../support/channels.ts';
import { HeldHook, ok } from '../support/fake-sandbox.ts';
import { ECHO, openSeated, seatTwo } from './support.ts';

type Table = Awaited<ReturnType<typeof seatTwo>>;

/** Evicts whoever sits in s2 and seats another account there. */
async function replaceBob(
  table: Table,
  account: ReturnType<Awaited<ReturnType<typeof openSeated>>['channels']['as']>,
) {
  const { channel_id, alice } = table;
  await alice.update_channel({ channel_id, ops: [{ type: 'evict', slot_id: 's2' }] });
  const { invites } = await alice.update_channel({
    channel_id,
    ops: [{ type: 'issue_invite', slot_id: 's2' }],
  });
  return account.join_channel({ invite_code: invites![0]!.invite_code });
}

describe('private entries', () => {
  it('are seen by their sender and the bot, and nobody else', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, bob, bot_id } = table;
    const answer = ok([{ body: 'only for you', to_slot: 's2' }]);
    channels.sandbox.script(ECHO, () => answer);
    const sent = await bob.dm_bot({ channel_id, bot_id, message: { type: 'bid', amount: 5 } });
    expect(sent).toMatchObject({
      ok: true,
      delivered_to: bot_id,
      bots: 'settled',
      replies: [{ sender: bot_id, sender_kind: 'bot', body: { text: 'only for you' }, to_slot: 's2' }],
    });
    const seen = async (who: typeof bob) =>
      (await who.sync_messages({ channel_id, timeout_ms: 0, max_tokens: 20_000 })).messages.filter(
        ({ to_slot }) => to_slot,
      );
    expect(await seen(bob)).toMatchObject([
      { id: sent.msg_id, to_slot: 's0', body: { type: 'bid', amount: 5 } },
      { to_slot: 's2' },
    ]);
    expect(await seen(alice)).toEqual([]);
    expect(channels.sandbox.runs.at(-1)?.call).toMatchObject({
      hook: 'on_private_message',
      args: [
        's2',
        { id: sent.msg_id, sender: 's2', kind: 'user', type: 'bid', amount: 5, body: { type: 'bid' } },
      ],
    });
  });

  it('cannot make the bot believe in another sender', async () => {
    await using table = await openSeated();
    const { channels, channel_id, bob, bot_id } = table;
    await bob.dm_bot({
      channel_id,
      bot_id,
      message: { sender: 's1', kind: 'system', id: 1, channel_id: 'chn_x', ts: 'now' },
    });
    expect(channels.sandbox.runs.at(-1)?.call.args).toMatchObject([
      's2',
      { sender: 's2', kind: 'user', channel_id },
    ]);
  });

  it('are hidden from the next tenure of the seat, and the old account sees nothing more', async () => {
    await using table = await openSeated();
    const { channels, channel_id, bob, bot_id } = table;
    channels.sandbox.script(ECHO, () => ok([{ body: 'secret', to_slot: 's2' }]));
    await bob.dm_bot({ channel_id, bot_id, message: 'question' });
    const carol = channels.as('acc_carol');
    await replaceBob(table, carol);
    await channels.settled(channel_id);
    const { messages } = await carol.sync_messages({ channel_id, timeout_ms: 0, max_tokens: 20_000 });
    const own = messages.filter(({ to_slot }) => to_slot !== undefined);
    // Only what answered carol's own join.
    expect(own).toHaveLength(1);
    expect(messages.map(({ body }) => body)).toContainEqual({
      type: 'evict_applied',
      op: { type: 'evict', slot_id: 's2' },
    });
  });

  it('that come late are hidden from the next tenure too: they answer the one before', async () => {
    await using table = await openSeated();
    const { channels, channel_id, bob, bot_id } = table;
    const held = new HeldHook();
    channels.sandbox.script(ECHO, held.script);
    await bob.dm_bot({ channel_id, bot_id, message: 'what is my card?', wait_ms: 0 });
    await held.started();
    const carol = channels.as('acc_carol');
    await replaceBob(table, carol);
    held.end(ok([{ body: 'the ace of spades', to_slot: 's2' }]));
    await held.started();
    held.end(ok([{ body: 'welcome', to_slot: 's2' }]));
    await channels.settled(channel_id);
    const { messages } = await carol.sync_messages({ channel_id, timeout_ms: 0, max_tokens: 20_000 });
    const own = messages
      .filter(({ to_slot }) => to_slot === 's2')
      .map(({ body }) => (body as { text: string }).text);
    expect(own).toEqual(['welcome']);
    expect(
      (await channels.bodies(channel_id)).filter((body) => JSON.stringify(body).includes('ace')),
    ).toHaveLength(1);
  });

  it('go with a seat that moves: it is the same player', async () => {
    await using table = await openSeated();
    const { channels, channel_id, bob, b, bot_id } = table;
    await bob.dm_bot({ channel_id, bot_id, message: 'mine', wait_ms: 0 });
    const carol = channels.as('acc_carol');
    await carol.join_channel({ invite_code: b.rejoin_token });
    const { messages } = await carol.sync_messages({ channel_id, timeout_ms: 0, max_tokens: 20_000 });
    expect(messages.filter(({ to_slot }) => to_slot === 's0')).toMatchObject([{ body: { text: 'mine' } }]);
  });

  it('move the cursor of everyone, so that nothing is read twice', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, bob, bot_id } = table;
    channels.sandbox.script(ECHO, () => ok());
    const { msg_id } = await bob.dm_bot({ channel_id, bot_id, message: 'x' });
    for (const [who, seen] of [
      [alice, []],
      [bob, [msg_id]],
    ] as const) {
      const page = await who.sync_messages({ channel_id, cursor: msg_id - 1, timeout_ms: 0 });
      expect(page.messages.map(({ id }) => id)).toEqual(seen);
      expect([page.cursor, page.head]).toEqual([msg_id, msg_id]);
    }
  });

  it('leave a gap in the ids that others see, not in the log', async () => {
    await using channels = openChannels();
    const { channel_id, alice, bob, bot_id } = await seatTwo(channels);
    const { msg_id } = await bob.dm_bot({ channel_id, bot_id, message: 'x' });
    const { messages, cursor, head } = await alice.sync_messages({
      channel_id,
      cursor: msg_id - 1,
      timeout_ms: 0,
    });
    expect(messages.map(({ id }) => id)).toEqual([msg_id + 1]);
    expect([cursor, head]).toEqual([msg_id + 1, msg_id + 1]);
    expect((await channels.entries(channel_id)).map(({ id }) => id)).toEqual(
      Array.from({ length: head }, (_, at) => at + 1),
    );
  });
});
