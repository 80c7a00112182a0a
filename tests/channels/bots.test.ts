import { describe, expect, it } from 'vitest';
import { openChannels, refusal, refused } from '../support/channels.ts';
import { botFailed } from '../support/fake-sandbox.ts';
import { ECHO, openSeated, openTable } from './support.ts';

const NEW = 'class New:\n    pass\n';

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
