import { createHmac, createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openChannels } from '../support/channels.ts';
import { HeldHook, ok } from '../support/fake-sandbox.ts';
import { bodiesOfType, BOT, BOT_ID, hookFacts, openGame } from './support.ts';

describe('the effect of a hook', () => {
  it('is one commit: posts, private posts, state, cursor and a fact that names them', async () => {
    await using game = await openGame();
    const { channels, channel_id, alice, post } = game;
    channels.sandbox.script(BOT, () =>
      ok(
        [{ body: 'for all' }, { body: 'for A', to_slot: 's1' }, { kind: 'control', body: { type: 'score' } }],
        { n: 1 },
      ),
    );
    const { msg_id } = await post();
    await channels.settled(channel_id);
    const commit = (await channels.commits(channel_id)).at(-1)!;
    expect(commit).toMatchObject({
      cause: msg_id,
      entries: [
        {
          id: msg_id + 1,
          sender: BOT_ID,
          sender_kind: 'bot',
          kind: 'bot',
          body: { text: 'for all', bot_id: BOT_ID, state_version: 1 },
        },
        { id: msg_id + 2, to_slot: 's1', body: { text: 'for A' } },
        { id: msg_id + 3, kind: 'control', body: { type: 'score', bot_id: BOT_ID, state_version: 1 } },
      ],
      facts: [
        {
          type: 'hook',
          bot_id: BOT_ID,
          generation: 0,
          cause: msg_id,
          hook: 'on_message',
          outcome: 'ok',
          state_before: null,
          state_after: `sha256:${createHash('sha256').update('{"n":1}').digest('hex')}`,
          state_version: 1,
          entry_ids: [msg_id + 1, msg_id + 2, msg_id + 3],
          runtime: channels.sandbox.digest,
        },
      ],
    });
    expect((await alice.get_channel_info({ channel_id })).bots).toMatchObject([
      { state_version: 1, status: 'ready' },
    ]);
  });

  it('may be nothing that anyone sees, and is remembered all the same', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    channels.sandbox.script(BOT, () => ok([], { turn: 1 }));
    const { msg_id } = await post();
    await channels.settled(channel_id);
    expect((await channels.commits(channel_id)).at(-1)).toMatchObject({
      cause: msg_id,
      entries: [],
      first: msg_id + 1,
    });
    expect((await hookFacts(channels, channel_id)).at(-1)).toMatchObject({
      outcome: 'ok',
      cause: msg_id,
      entry_ids: [],
    });
  });

  it('hands its state to the next hook, also after a restart and when it is left alone', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    const states = ['{"z":[1.5,"é"],"a":{"b":null}}', undefined, 'null', '7'];
    let at = 0;
    channels.sandbox.script(BOT, () => {
      const state = states[at++];
      return {
        outcome: 'ok',
        reply: `{"posts":[]${state === undefined ? '' : `,"state":${state}`}}`,
        output: '',
        wallMs: 1,
        connections: [],
      };
    });
    for (const _state of [...states, undefined]) {
      await post();
      await channels.settled(channel_id);
    }
    const started = channels.sandbox.runs.slice(-5).map(({ call }) => [call.stateVersion, call.state]);
    const first = '{"a":{"b":null},"z":[1.5,"é"]}';
    expect(started).toEqual([
      [0, null],
      [1, first],
      [1, first],
      [2, 'null'],
      [3, '7'],
    ]);
    await using again = openChannels({ store: channels.store, clock: channels.clock });
    await again.as('acc_alice').post_message({ channel_id, body: 'x' });
    expect(again.sandbox.runs.at(-1)?.call).toMatchObject({ stateVersion: 3, state: '7' });
  });

  it('causes nothing: bots cannot ring each other, nor the server them', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    channels.sandbox.script(BOT, () => ok([{ body: 'loud' }]));
    const runs = channels.sandbox.runs.length;
    await post();
    await channels.settled(channel_id);
    await game.alice.update_channel({ channel_id, ops: [{ type: 'rename', name: 'New' }] });
    await channels.settled(channel_id);
    expect(channels.sandbox.runs).toHaveLength(runs + 1);
  });

  it('comes in the order of its causes, one hook of a bot at a time', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    const held = new HeldHook();
    channels.sandbox.script(BOT, held.script);
    const ids = [await post(), await post(), await post()].map(({ msg_id }) => msg_id);
    for (const id of ids) {
      const call = await held.started();
      expect(call.args).toMatchObject([{ id }]);
      held.end(ok([{ body: { type: 'done', id } }]));
    }
    await channels.settled(channel_id);
    expect((await bodiesOfType(channels, channel_id, 'done')).map((body) => body['id'])).toEqual(ids);
  });

  it('is numbered again when others post while the hook runs', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    const held = new HeldHook();
    channels.sandbox.script(BOT, held.script);
    await post('first');
    await held.started();
    const second = await post('second');
    channels.sandbox.script(BOT, () => ok());
    held.end(ok([{ body: { type: 'verdict' } }]));
    await channels.settled(channel_id);
    const verdicts = (await channels.entries(channel_id)).filter(({ sender_kind }) => sender_kind === 'bot');
    expect(verdicts).toMatchObject([{ id: second.msg_id + 1, body: { type: 'verdict' } }]);
  });
});

describe('what a hook is called with', () => {
  it('is the fold at its cause: who sat there, and when it was', async () => {
    await using game = await openGame();
    const { channels, channel_id, inviteB, post } = game;
    const held = new HeldHook();
    channels.sandbox.script(BOT, held.script);
    await post('busy');
    await held.started();
    const { ts } = await post('alone');
    channels.clock.forward(5_000);
    await channels.as('acc_bob').join_channel({ invite_code: inviteB });
    const alone = [{ slot_id: 's1', label: 'A' }];
    const both = [...alone, { slot_id: 's2', label: 'B' }];
    const seen = [];
    for (let hooks = 0; hooks < 3; hooks++) {
      const { hook, players, nowMs } = await held.started();
      seen.push([hook, players, new Date(nowMs).toISOString()]);
      held.end(ok());
    }
    await channels.settled(channel_id);
    const later = new Date(Date.parse(ts) + 5_000).toISOString();
    expect(seen).toEqual([
      ['on_message', alone, ts],
      ['on_message', alone, ts],
      ['on_join', both, later],
    ]);
  });

  it('is on_join once for each tenure: not for another handle, nor for a move', async () => {
    await using game = await openGame();
    const { channels, channel_id, alice, inviteB } = game;
    const bob = channels.as('acc_bob');
    const { rejoin_token } = await bob.join_channel({ invite_code: inviteB });
    await bob.join_channel({ invite_code: inviteB });
    await bob.join_channel({ channel_id, slot_id: 's2' });
    await channels.as('acc_carol').join_channel({ invite_code: rejoin_token, rotate: true });
    const ops = [
      { type: 'evict', slot_id: 's2' },
      { type: 'issue_invite', slot_id: 's2' },
    ] as const;
    const { invites } = await alice.update_channel({ channel_id, ops: [...ops] });
    await bob.join_channel({ invite_code: invites![0]!.invite_code });
    await channels.settled(channel_id);
    const joins = channels.sandbox.runs
      .filter(({ call }) => call.hook === 'on_join')
      .map(({ call }) => call.args);
    expect(joins).toEqual([['s1'], ['s2'], ['s2']]);
  });

  it('is the message without its salt', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    const { msg_id, ts } = await post({ move: 1 });
    await channels.settled(channel_id);
    expect(channels.sandbox.runs.at(-1)?.call.args).toEqual([
      { id: msg_id, channel_id, sender: 's1', kind: 'user', body: { move: 1 }, ts },
    ]);
  });

  it('is on_private_message for the bot that it is for, and no hook for the others', async () => {
    await using game = await openGame();
    const { channels, channel_id, alice } = game;
    await alice.update_channel({ channel_id, ops: [{ type: 'remove_bot', bot_id: BOT_ID }] });
    const duo = await openDuo(channels);
    const runs = channels.sandbox.runs.length;
    await duo.alice.dm_bot({ channel_id: duo.channel_id, bot_id: 'bot_Two_1', message: 'psst' });
    const rung = channels.sandbox.runs.slice(runs).map(({ program, call }) => [program.key, call.hook]);
    expect(rung).toEqual([[`${duo.channel_id}/bot_Two_1`, 'on_private_message']]);
  });
});

describe('chance', () => {
  it('is seeded by the committed secret, generation, cause and hook, and the secret is shown at the end', async () => {
    await using game = await openGame();
    const { channels, channel_id, alice, post } = game;
    const { msg_id } = await post();
    await channels.settled(channel_id);
    const { seed } = channels.sandbox.runs.at(-1)!.call;
    const code = await alice.get_bot_code({ channel_id, bot_id: BOT_ID });
    const chance = code.manifest['chance'] as { commitment: string };
    expect(JSON.stringify(await channels.bodies(channel_id))).not.toContain('"seed"');
    await alice.update_channel({ channel_id, ops: [{ type: 'close' }] });
    const [revealed] = await bodiesOfType(channels, channel_id, 'bot:seed');
    const secret = revealed!['seed'] as string;
    expect(`sha256:${createHash('sha256').update(secret).digest('hex')}`).toBe(chance.commitment);
    const recomputed = createHmac('sha256', Buffer.from(secret, 'hex'))
      .update(JSON.stringify([0, msg_id, 'on_message']))
      .digest('hex');
    expect(seed).toBe(recomputed);
  });

  it('is revealed when a bot is removed or replaced, once', async () => {
    await using game = await openGame();
    const { channels, channel_id, alice } = game;
    await alice.update_channel({ channel_id, ops: [{ type: 'set_bot', slot: 'Bot', inline_code: BOT }] });
    await alice.update_channel({ channel_id, ops: [{ type: 'remove_bot', bot_id: 'bot_Bot_1' }] });
    await alice.update_channel({ channel_id, ops: [{ type: 'close' }] });
    const seeds = await bodiesOfType(channels, channel_id, 'bot:seed');
    expect(seeds.map((body) => body['bot_id'])).toEqual(['bot_Bot_0', 'bot_Bot_1']);
    const attached = await bodiesOfType(channels, channel_id, 'bot:manifest');
    const committed = attached.map(
      (body) => (body['manifest_excerpt'] as { chance: { commitment: string } }).chance.commitment,
    );
    expect(seeds.map((body) => body['commitment'])).toEqual(committed);
    expect(new Set(seeds.map((body) => body['seed'])).size).toBe(2);
  });

  it('differs for each hook', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    await post();
    await post();
    await channels.settled(channel_id);
    const seeds = channels.sandbox.runs.map(({ call }) => call.seed);
    expect(new Set(seeds).size).toBe(4);
  });
});

async function openDuo(channels: Awaited<ReturnType<typeof openGame>>['channels']) {
  const alice = channels.as('acc_alice');
  const { channel_id, invites } = await alice.create_channel({
    name: 'Duo',
    slots: ['bot:One', 'bot:Two', 'invite:A'],
    bots: [{ inline_code: BOT }, { inline_code: BOT }],
  });
  await alice.join_channel({ invite_code: invites[0]! });
  await channels.settled(channel_id);
  return { channel_id, alice };
}
