import { describe, expect, it } from 'vitest';
import { openChannels, refusal, refused } from '../support/channels.ts';
import { botFailed } from '../support/fake-sandbox.ts';
import { ECHO, openSeated, openTable, strangeCode } from './support.ts';

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
      op: { ...shown, code_hash: (entries[6]?.body as { code_hash: string }).code_hash },
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
    await alice.update_channel({ channel_id, ops: [{ type: 'rename', name: 'Still mine' }] });
  });
});

describe('bots', () => {
  const SWAP = { type: 'set_bot', slot: 'Referee', inline_code: NEW } as const;

  it('are frozen for good once two accounts are seated', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, bot_id } = table;
    expect((await alice.get_channel_info({ channel_id })).view).toMatchObject({ bots_frozen: true });
    const containers = new Set(channels.sandbox.containers);
    const tries = () => [
      alice.update_channel({ channel_id, ops: [SWAP] }),
      alice.update_channel({ channel_id, ops: [{ type: 'remove_bot', bot_id }] }),
      alice.attach_bot({ channel_id, inline_code: NEW }),
    ];
    for (const call of tries()) expect(await refusal(call)).toBe('BOTS_FROZEN');
    await alice.update_channel({ channel_id, ops: [{ type: 'evict', slot_id: 's2' }] });
    for (const call of tries()) expect(await refusal(call)).toBe('BOTS_FROZEN');
    expect(channels.sandbox.containers).toEqual(containers);
  });

  it('are frozen by a seat that moves to a second account too', async () => {
    await using channels = openChannels();
    const { channel_id, alice, bob, inviteA, inviteB } = await openTable(channels);
    await alice.join_channel({ invite_code: inviteA });
    const { rejoin_token } = await alice.join_channel({ invite_code: inviteB });
    await alice.update_channel({ channel_id, ops: [SWAP] });
    await bob.join_channel({ invite_code: rejoin_token });
    expect(await refusal(alice.update_channel({ channel_id, ops: [SWAP] }))).toBe('BOTS_FROZEN');
  });

  it('are not frozen by one account alone, nor with bots_policy open', async () => {
    await using open = await openSeated({ bots_policy: 'open' });
    await open.alice.update_channel({ channel_id: open.channel_id, ops: [SWAP] });
    expect((await open.alice.get_channel_info({ channel_id: open.channel_id })).view.bots_frozen).toBe(false);
  });

  it('that are replaced give up their container, reveal their seed, and stay readable', async () => {
    await using table = await openSeated({ bots_policy: 'open' });
    const { channels, channel_id, alice, bot_id } = table;
    await alice.update_channel({ channel_id, ops: [SWAP] });
    await channels.settled(channel_id);
    expect(channels.sandbox.containers).toEqual(new Set([`${channel_id}/bot_Referee_1`]));
    expect(await alice.get_bot_code({ channel_id, bot_id })).toMatchObject({ removed: true, source: ECHO });
    const { bots } = await alice.get_channel_info({ channel_id });
    expect(bots.map((bot) => bot.bot_id)).toEqual(['bot_Referee_1']);
    expect(await channels.bodies(channel_id)).toContainEqual(
      expect.objectContaining({ type: 'bot:seed', bot_id }),
    );
  });

  it('that are replaced twice in one call leave one container', async () => {
    await using channels = openChannels();
    const { channel_id, alice } = await openTable(channels);
    await alice.update_channel({ channel_id, ops: [SWAP, { ...SWAP, inline_code: `${NEW}# again` }] });
    await channels.settled(channel_id);
    expect(channels.sandbox.containers).toEqual(new Set([`${channel_id}/bot_Referee_2`]));
  });

  it('are attached to an empty slot by attach_bot, to one of two that ask at once', async () => {
    await using channels = openChannels();
    const table = await openTable(channels, { slots: ['bot:R', 'bot:T', 'invite:A', 'invite:B'] });
    const { channel_id, alice } = table;
    const calls = ['# one', '# two'].map((comment) =>
      alice.attach_bot({ channel_id, slot: 'T', inline_code: NEW + comment }),
    );
    const ended = await Promise.allSettled(calls);
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await channels.settled(channel_id);
    const { bots } = await alice.get_channel_info({ channel_id });
    expect(bots).toMatchObject([{ slot_id: 's0' }, { slot_id: 's1', bot_id: 'bot_T_1', name: 'T' }]);
    expect(await refused(alice.attach_bot({ channel_id, slot: 'T', inline_code: NEW }))).toMatchObject({
      code: 'SLOT_ALREADY_FILLED',
    });
    expect(await refusal(alice.attach_bot({ channel_id, inline_code: NEW }))).toBe('SLOT_NOT_FOUND');
    expect(channels.sandbox.containers.size).toBe(2);
  });

  it('go into two slots when two calls ask at once for any', async () => {
    await using channels = openChannels();
    const table = await openTable(channels, { slots: ['bot:R', 'bot:T', 'bot:U', 'invite:A', 'invite:B'] });
    const { channel_id, alice } = table;
    const calls = ['# one', '# two'].map((comment) =>
      alice.attach_bot({ channel_id, name: 'Same', inline_code: NEW + comment }),
    );
    const placed = (await Promise.allSettled(calls)).flatMap((call) =>
      call.status === 'fulfilled' ? [call.value.bot] : [],
    );
    await channels.settled(channel_id);
    expect(placed.length).toBeGreaterThan(0);
    // Each attached bot runs the source that its hash announces.
    for (const { program } of channels.sandbox.runs.filter(({ program: { key } }) => key.includes('Same'))) {
      const bot = placed.find(({ bot_id }) => program.key.endsWith(bot_id));
      expect(program.codeHash).toBe(bot?.code_hash);
    }
    const keys = [`${channel_id}/bot_R_0`, ...placed.map(({ bot_id }) => `${channel_id}/${bot_id}`)];
    expect(channels.sandbox.containers).toEqual(new Set(keys));
  });

  it('that were suspended are resumed by an admin', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, bot_id } = table;
    channels.sandbox.script(ECHO, () => botFailed());
    for (let n = 0; n < 5; n++) await alice.post_message({ channel_id, body: 'x' });
    expect((await alice.get_channel_info({ channel_id })).bots).toMatchObject([{ status: 'suspended' }]);
    await alice.update_channel({ channel_id, ops: [{ type: 'resume_bot', bot_id }] });
    expect((await alice.get_channel_info({ channel_id })).bots).toMatchObject([{ status: 'ready' }]);
  });
});

describe('a closed channel', () => {
  it('can be read, not written', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, bob, b, bot_id } = table;
    await alice.update_channel({ channel_id, ops: [{ type: 'close' }] });
    const head = await channels.head(channel_id);
    const writes = [
      bob.post_message({ channel_id, body: 'x' }),
      bob.dm_bot({ channel_id, bot_id, message: 'x' }),
      alice.attach_bot({ channel_id, inline_code: NEW }),
      ...(
        [
          'close',
          'rename',
          'set_visibility',
          'evict',
          'issue_invite',
          'revoke_invite',
          'remove_bot',
          'resume_bot',
          'set_bot',
          'set_admin',
        ] as const
      ).map((type) => {
        const fields = {
          name: 'x',
          visibility: 'listed',
          slot_id: 's2',
          bot_id,
          slot: 'Referee',
          inline_code: NEW,
          admin: true,
        };
        const takes: Record<string, readonly (keyof typeof fields)[]> = {
          rename: ['name'],
          set_visibility: ['visibility'],
          evict: ['slot_id'],
          issue_invite: ['slot_id'],
          revoke_invite: ['slot_id'],
          remove_bot: ['bot_id'],
          resume_bot: ['bot_id'],
          set_bot: ['slot', 'inline_code'],
          set_admin: ['slot_id', 'admin'],
        };
        const op = { type, ...Object.fromEntries((takes[type] ?? []).map((name) => [name, fields[name]])) };
        return alice.update_channel({ channel_id, ops: [op] as never });
      }),
    ];
    for (const write of writes) expect(await refusal(write)).toBe('CHANNEL_CLOSED');
    expect(await channels.head(channel_id)).toBe(head);
    expect(channels.sandbox.containers).toEqual(new Set());
    const { messages, view } = await bob.sync_messages({ channel_id, timeout_ms: 0, max_tokens: 20_000 });
    expect(view.closed).toBe(true);
    expect(messages.map(({ body }) => (body as { type: string }).type)).toContain('bot:seed');
    expect(await bob.get_bot_code({ channel_id, bot_id })).toMatchObject({ source: ECHO });
    expect(await bob.join_channel({ invite_code: b.rejoin_token })).toMatchObject({ slot_id: 's2' });
    expect((await alice.list_channels({})).channels).toMatchObject([{ channel_id, closed: true }]);
  });

  it('is deleted for good: its history is gone, its id is never used again', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, bob, b, bot_id } = table;
    await bob.post_message({ channel_id, body: 'to be forgotten' });
    await alice.update_channel({ channel_id, ops: [{ type: 'close' }] });
    expect(await alice.update_channel({ channel_id, ops: [{ type: 'delete' }] })).toMatchObject({
      ok: true,
      view: { channel_id },
    });
    const left = await channels.commits(channel_id);
    expect(left).toHaveLength(1);
    expect(JSON.stringify(left)).not.toContain('to be forgotten');
    const calls = [
      alice.sync_messages({ channel_id, timeout_ms: 0 }),
      alice.get_channel_info({ channel_id }),
      alice.get_bot_code({ channel_id, bot_id }),
      bob.post_message({ channel_id, body: 'x' }),
      alice.update_channel({ channel_id, ops: [{ type: 'rename', name: 'x' }] }),
      alice.update_channel({ channel_id, ops: [{ type: 'yield_slot' }] }),
      alice.attach_bot({ channel_id, inline_code: NEW }),
      bob.join_channel({ channel_id, slot_id: 's2' }),
    ];
    for (const call of calls) expect(await refusal(call)).toBe('CHANNEL_NOT_FOUND');
    expect(await refusal(bob.join_channel({ invite_code: b.rejoin_token }))).toBe('REJOIN_TOKEN_INVALID');
    expect(await refusal(bob.join_channel({ invite_code: strangeCode('inv', channel_id) }))).toBe(
      'INVITE_INVALID',
    );
    expect((await alice.list_channels({})).channels).toEqual([]);
  });

  it('can be closed and deleted in one call, and nothing can follow delete', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice } = table;
    const after = [{ type: 'close' }, { type: 'delete' }, { type: 'rename', name: 'x' }] as const;
    expect(await refused(alice.update_channel({ channel_id, ops: [...after] }))).toMatchObject({
      code: 'BAD_OP',
      details: { field: 'ops.2' },
    });
    await alice.update_channel({ channel_id, ops: [{ type: 'close' }, { type: 'delete' }] });
    expect(await refusal(alice.get_channel_info({ channel_id }))).toBe('CHANNEL_NOT_FOUND');
    expect(channels.sandbox.containers).toEqual(new Set());
  });

  it('that is deleted is not made again by the idempotency key that made it', async () => {
    await using channels = openChannels();
    const alice = channels.as('acc_alice');
    const input = { name: 'n', slots: ['bot:R'], bot_code: ECHO, idempotency_key: 'once' };
    const { channel_id } = await alice.create_channel(input);
    await alice.update_channel({ channel_id, ops: [{ type: 'close' }, { type: 'delete' }] });
    expect(await refusal(alice.create_channel(input))).toBe('IDEMPOTENCY_CONFLICT');
    expect(channels.sandbox.containers).toEqual(new Set());
    expect(await channels.commits(channel_id)).toHaveLength(1);
  });
});
