import { describe, expect, it } from 'vitest';
import { openChannels, refusal } from '../support/channels.ts';
import { openSeated, openTable } from './support.ts';

const NEW = 'class New:\n    pass\n';

describe('the ops of update_channel', () => {
  it('each leave a visible entry with the op, before what the op writes', async () => {
    await using channels = openChannels();
    const { channel_id, alice, bot_id } = await openTable(channels);
    const head = (await channels.entries(channel_id)).length;
    const ops = [
      { type: 'rename', name: 'Renamed' },
      { type: 'set_visibility', visibility: 'listed' },
      { type: 'remove_bot', bot_id },
      { type: 'set_bot', slot: 'Referee', inline_code: NEW, name: 'New' },
    ] as const;
    const { view } = await alice.update_channel({ channel_id, ops: [...ops] });
    expect(view).toMatchObject({
      name: 'Renamed',
      visibility: 'listed',
      slots: [{ filled_by: 'bot:New' }, {}, {}],
    });
    const entries = (await channels.entries(channel_id)).slice(head, head + 8);
    expect(entries.every(({ sender, sender_kind }) => sender === 'system' && sender_kind === 'server')).toBe(
      true,
    );
    expect(entries.map(({ body }) => (body as { type: string }).type)).toEqual([
      'rename_applied',
      'set_visibility_applied',
      'remove_bot_applied',
      'bot:seed',
      'set_bot_applied',
      'bots_announced',
      'bot:attach',
      'bot:manifest',
    ]);
    expect(entries[0]?.body).toEqual({ type: 'rename_applied', op: ops[0] });
    const { inline_code: _source, ...shown } = ops[3];
    expect(entries[4]?.body).toMatchObject({
      op: { ...shown, code_hash: (entries[6]!.body as { code_hash: string }).code_hash },
    });
    expect(JSON.stringify(entries)).not.toContain('class New');
  });

  const FAILING = [
    ['an unknown bot', { type: 'remove_bot', bot_id: 'bot_X_9' }, 'BOT_NOT_FOUND'],
    ['a bot that works', { type: 'resume_bot', bot_id: 'bot_Referee_0' }, 'BOT_NOT_SUSPENDED'],
    ['a bot slot that is not there', { type: 'set_bot', slot: 'Nobody', inline_code: NEW }, 'SLOT_NOT_FOUND'],
    ['an invite slot for a bot', { type: 'set_bot', slot: 'A', inline_code: NEW }, 'SLOT_NOT_FOUND'],
    ['a bot without code', { type: 'set_bot', slot: 'Referee' }, 'INVALID_REQUEST'],
    ['an unknown preset', { type: 'set_bot', slot: 'Referee', code_ref: 'builtin://No' }, 'UNKNOWN_PRESET'],
    [
      'code that does not compile',
      { type: 'set_bot', slot: 'Referee', inline_code: 'def' },
      'INVALID_BOT_CODE',
    ],
    ['an empty seat to evict', { type: 'evict', slot_id: 's2' }, 'SEAT_EMPTY'],
    ['a bot slot to evict', { type: 'evict', slot_id: 's0' }, 'SLOT_NOT_FOUND'],
    ['a slot that is not there', { type: 'evict', slot_id: 's9' }, 'SLOT_NOT_FOUND'],
    ['an empty seat as admin', { type: 'set_admin', slot_id: 's2', admin: true }, 'SEAT_EMPTY'],
    ['the last admin', { type: 'set_admin', slot_id: 's1', admin: false }, 'LAST_ADMIN'],
    ['an invite to a filled seat', { type: 'issue_invite', slot_id: 's1' }, 'SLOT_ALREADY_FILLED'],
    ['an invite to a bot slot', { type: 'issue_invite', slot_id: 's0' }, 'SLOT_NOT_FOUND'],
    ['no invite to revoke', { type: 'revoke_invite', slot_id: 's1' }, 'INVITE_INVALID'],
    ['a channel that is open still', { type: 'delete' }, 'CHANNEL_NOT_CLOSED'],
  ] as const;

  it.each(FAILING)('are all or none: %s ends them all', async (_what, op, code) => {
    await using channels = openChannels();
    const { channel_id, alice, inviteA } = await openTable(channels);
    channels.sandbox.checks('def', { outcome: 'refused', line: 1, message: 'invalid syntax' });
    await alice.join_channel({ invite_code: inviteA });
    await channels.settled(channel_id);
    const [head, view, containers] = [
      await channels.head(channel_id),
      await alice.get_channel_info({ channel_id }),
      new Set(channels.sandbox.containers),
    ];
    const ops = [
      { type: 'rename', name: 'Renamed' },
      { type: 'set_bot', slot: 'Referee', inline_code: NEW },
      op,
    ];
    expect(await refusal(alice.update_channel({ channel_id, ops: ops as never }))).toBe(
      code === 'BOT_NOT_SUSPENDED' ? 'BOT_NOT_FOUND' : code,
    );
    expect(await refusal(alice.update_channel({ channel_id, ops: [op] as never }))).toBe(code);
    expect(await channels.head(channel_id)).toBe(head);
    expect(await alice.get_channel_info({ channel_id })).toEqual(view);
    expect(channels.sandbox.containers).toEqual(containers);
  });

  it('are decided each on what the ones before it left', async () => {
    await using table = await openSeated();
    const { channel_id, alice } = table;
    const { invites, view } = await alice
      .update_channel({
        channel_id,
        ops: [
          { type: 'set_admin', slot_id: 's2', admin: true },
          { type: 'set_admin', slot_id: 's1', admin: false },
        ],
      })
      .then(() =>
        table.bob.update_channel({
          channel_id,
          ops: [
            { type: 'evict', slot_id: 's1' },
            { type: 'issue_invite', slot_id: 's1' },
            { type: 'revoke_invite', slot_id: 's1' },
            { type: 'issue_invite', slot_id: 's1' },
          ],
        }),
      );
    expect(view.slots.map(({ filled_by, admin }) => [filled_by, admin])).toEqual([
      ['bot:Referee', false],
      [null, false],
      ['member', true],
    ]);
    expect(new Set(invites?.map(({ invite_code }) => invite_code)).size).toBe(2);
    expect(
      await refusal(table.channels.as('acc_carol').join_channel({ invite_code: invites![0]!.invite_code })),
    ).toBe('INVITE_REVOKED');
    await table.channels.as('acc_carol').join_channel({ invite_code: invites![1]!.invite_code });
  });

  it('are for admins; yield_slot is for the holder of the seat', async () => {
    await using table = await openSeated();
    const { channels, channel_id, bob } = table;
    const head = await channels.head(channel_id);
    expect(await refusal(bob.update_channel({ channel_id, ops: [{ type: 'rename', name: 'x' }] }))).toBe(
      'NOT_ADMIN',
    );
    const mixed = [{ type: 'yield_slot' }, { type: 'rename', name: 'x' }] as const;
    expect(await refusal(bob.update_channel({ channel_id, ops: [...mixed] }))).toBe('NOT_MEMBER');
    expect(
      await refusal(channels.as('acc_carol').update_channel({ channel_id, ops: [{ type: 'close' }] })),
    ).toBe('CHANNEL_NOT_FOUND');
    expect(await channels.head(channel_id)).toBe(head);
    await bob.update_channel({ channel_id, ops: [{ type: 'yield_slot' }] });
    expect(await refusal(bob.post_message({ channel_id, body: 'x' }))).toBe('NOT_MEMBER');
    expect(await refusal(bob.update_channel({ channel_id, ops: [{ type: 'rename', name: 'x' }] }))).toBe(
      'NOT_MEMBER',
    );
  });
});

describe('admins', () => {
  it('can be made and unmade, but one stays', async () => {
    await using table = await openSeated();
    const { channel_id, alice, bob } = table;
    const setAdmin = (who: typeof alice, slot_id: string, admin: boolean) =>
      who.update_channel({ channel_id, ops: [{ type: 'set_admin', slot_id, admin }] });
    expect(await refusal(setAdmin(alice, 's1', false))).toBe('LAST_ADMIN');
    await setAdmin(alice, 's2', true);
    await setAdmin(bob, 's1', false);
    expect(await refusal(setAdmin(alice, 's1', true))).toBe('NOT_ADMIN');
    expect(await refusal(setAdmin(bob, 's2', false))).toBe('LAST_ADMIN');
    expect(await refusal(bob.update_channel({ channel_id, ops: [{ type: 'yield_slot' }] }))).toBe(
      'LAST_ADMIN',
    );
    expect(await refusal(bob.update_channel({ channel_id, ops: [{ type: 'evict', slot_id: 's2' }] }))).toBe(
      'LAST_ADMIN',
    );
    await setAdmin(bob, 's1', true);
    await bob.update_channel({ channel_id, ops: [{ type: 'yield_slot' }] });
    await setAdmin(alice, 's1', true);
  });

  it('include the creator without a seat', async () => {
    await using table = await openSeated();
    const { channel_id, alice } = table;
    await alice.update_channel({ channel_id, ops: [{ type: 'yield_slot' }] });
    const { view } = await alice.update_channel({
      channel_id,
      ops: [{ type: 'rename', name: 'Still mine' }],
    });
    expect(view.name).toBe('Still mine');
  });
});
