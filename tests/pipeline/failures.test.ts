import { describe, expect, it } from 'vitest';
import { refusal } from '../support/channels.ts';
import { botFailed, counting, HeldHook, notRun, ok, replied } from '../support/fake-sandbox.ts';
import { bodiesOfType, BOT, BOT_ID, hookFacts, openGame } from './support.ts';

describe('a hook that fails', () => {
  it.each(['exception', 'timeout', 'memory', 'exit', 'output'] as const)(
    'by %s leaves a visible bot:error that names its cause, and the state as it was',
    async (reason) => {
      await using game = await openGame();
      const { channels, channel_id, post } = game;
      channels.sandbox.script(BOT, counting);
      await post();
      await channels.settled(channel_id);
      channels.sandbox.script(BOT, () => botFailed(reason, 12));
      const { msg_id } = await post();
      await channels.settled(channel_id);
      channels.sandbox.script(BOT, counting);
      await post();
      await channels.settled(channel_id);
      expect(await bodiesOfType(channels, channel_id, 'bot:error')).toEqual([
        {
          type: 'bot:error',
          bot_id: BOT_ID,
          cause: msg_id,
          hook: 'on_message',
          reason,
          message: `It failed: ${reason}.`,
          line: 12,
        },
      ]);
      expect((await bodiesOfType(channels, channel_id, 'count')).map((body) => body['count'])).toEqual([
        1, 2,
      ]);
      const facts = await hookFacts(channels, channel_id);
      expect(facts.find((fact) => 'cause' in fact && fact['cause'] === msg_id)).toMatchObject({
        outcome: 'bot_failed',
        reason,
        suspends: false,
      });
    },
  );

  it('is not run again for the same cause', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    const runs = channels.sandbox.runs.length;
    channels.sandbox.script(BOT, () => botFailed());
    await post();
    await channels.settled(channel_id);
    expect(channels.sandbox.runs).toHaveLength(runs + 1);
  });

  it('five times in a row suspends the bot visibly, until an admin resumes it', async () => {
    await using game = await openGame();
    const { channels, channel_id, alice, post } = game;
    channels.sandbox.script(BOT, () => botFailed());
    for (let n = 0; n < 7; n++) await post();
    await channels.settled(channel_id);
    const errors = await bodiesOfType(channels, channel_id, 'bot:error');
    expect(errors.map((body) => body['suspended'] ?? false)).toEqual([false, false, false, false, true]);
    const runs = channels.sandbox.runs.length;
    await post('nobody listens');
    expect(channels.sandbox.runs).toHaveLength(runs);
    channels.sandbox.script(BOT, counting);
    await alice.update_channel({ channel_id, ops: [{ type: 'resume_bot', bot_id: BOT_ID }] });
    expect(await alice.post_message({ channel_id, body: 'again' })).toMatchObject({
      bots: 'settled',
      replies: [{ body: { count: 1 } }],
    });
    expect(channels.sandbox.runs).toHaveLength(runs + 1);
  });

  it('four times and then not starts the count anew', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 5; n++) {
        channels.sandbox.script(BOT, () => (n < 4 ? botFailed() : ok()));
        await post();
        await channels.settled(channel_id);
      }
    }
    expect((await channels.state(channel_id)).bots[0]).toMatchObject({ suspended: false, failures: 0 });
  });

  it('does not keep the other bots of the channel from answering', async () => {
    await using game = await openGame();
    const { channels } = game;
    channels.sandbox.script('class Bad: pass', () => botFailed());
    channels.sandbox.script('class Good: pass', counting);
    const alice = channels.as('acc_alice');
    const { channel_id, invites } = await alice.create_channel({
      name: 'Two',
      slots: ['bot:Bad', 'bot:Good', 'invite:A'],
      bots: [{ inline_code: 'class Bad: pass' }, { inline_code: 'class Good: pass' }],
    });
    await alice.join_channel({ invite_code: invites[0]! });
    const { replies } = await alice.post_message({ channel_id, body: 'x' });
    expect(replies.map(({ body }) => (body as { type: string }).type).sort()).toEqual(['bot:error', 'count']);
  });
});

describe('an answer that is refused', () => {
  const posts = (list: string) => `{"posts":[${list}]}`;
  const body = (text: string) => posts(`{"kind":"bot","body":${text}}`);
  const REFUSED: readonly (readonly [string, string])[] = [
    ['no JSON', 'oops'],
    ['NaN', body('{"x":NaN}')],
    ['a duplicate key', body('{"x":1,"x":2}')],
    ['a lone surrogate', body('{"x":"\\ud800"}')],
    ['an integer beyond 2^53-1', body('{"x":9007199254740993}')],
    ['nesting over 64', body(`{"x":${'['.repeat(64)}${']'.repeat(64)}}`)],
    ['a list', '[]'],
    ['null', 'null'],
    ['no posts', '{}'],
    ['posts that are no list', '{"posts":{}}'],
    ['a post that is no object', posts('"hello"')],
    ['a body that is a number', body('7')],
    ['a body that is a list', body('[]')],
    ['no body', posts('{"kind":"bot"}')],
    ['no kind', posts('{"body":"x"}')],
    ['kind user', posts('{"kind":"user","body":"x"}')],
    ['kind USER', posts('{"kind":"USER","body":"x"}')],
    ['an empty kind', posts('{"kind":"","body":"x"}')],
    ['a kind with spaces', posts('{"kind":"bot ","body":"x"}')],
    ['a kind of 65 characters', posts(`{"kind":"${'k'.repeat(65)}","body":"x"}`)],
    ...[
      'bots_announced',
      'bot:attach',
      'bot:manifest',
      'bot:runtime',
      'bot:error',
      'bot:waiting',
      'bot:seed',
      'seat:joined',
      'Seat:Joined',
      ' seat:joined\n',
      'seat\u200b:joined',
      'ｓeat:joined',
      'x\n_applied',
      'seat:moved',
      'seat:',
      'rename_applied',
      'x_applied',
    ].map((type) => [`the server's type ${JSON.stringify(type)}`, body(JSON.stringify({ type }))] as const),
    ['101 posts', posts(Array.from({ length: 101 }, () => '{"kind":"bot","body":"x"}').join(','))],
    ['a body over 64 KiB', body(`"${'x'.repeat(65_536)}"`)],
    [
      'over 1 MiB of posts',
      posts(Array.from({ length: 20 }, () => `{"kind":"bot","body":"${'x'.repeat(60_000)}"}`).join(',')),
    ],
    ['a state over 1 MiB', `{"posts":[],"state":"${'x'.repeat(1_048_576)}"}`],
    ['a private post to no slot', posts('{"kind":"bot","body":"x","to_slot":"s9"}')],
    ["a private post to a bot's slot", posts('{"kind":"bot","body":"x","to_slot":"s0"}')],
    ['a private post to a number', posts('{"kind":"bot","body":"x","to_slot":1}')],
    ['a good post before a bad one', posts('{"kind":"bot","body":"good"},{"kind":"user","body":"bad"}')],
  ];

  it.each(REFUSED)('%s: nothing of it counts, and bot:error says output', async (_what, reply) => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    channels.sandbox.script(BOT, () => replied(reply));
    const { msg_id } = await post();
    await channels.settled(channel_id);
    const after = (await channels.entries(channel_id)).filter(({ id }) => id > msg_id);
    expect(after).toMatchObject([
      { id: msg_id + 1, sender: 'system', body: { type: 'bot:error', reason: 'output', cause: msg_id } },
    ]);
    expect((await channels.state(channel_id)).bots[0]).toMatchObject({
      state_version: 0,
      state_hash: null,
      failures: 1,
    });
    channels.sandbox.script(BOT, counting);
    await post();
    await channels.settled(channel_id);
    expect(await bodiesOfType(channels, channel_id, 'count')).toHaveLength(1);
  });

  it('a post with a live code, which a bot may have learned in private', async () => {
    await using game = await openGame();
    const { channels, channel_id, inviteB, post } = game;
    channels.sandbox.script(BOT, () => ok([{ body: { hint: `use ${inviteB}` } }]));
    await post();
    await channels.settled(channel_id);
    expect(await bodiesOfType(channels, channel_id, 'bot:error')).toMatchObject([{ reason: 'output' }]);
    expect(JSON.stringify(await channels.commits(channel_id))).not.toContain(inviteB);
  });

  it('is told in words of the server alone', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    for (const reply of [
      'IGNORE-ALL',
      '{"posts":[{"kind":"IGNORE ALL","body":"x"}]}',
      '{"IGNORE":1,"IGNORE":2}',
    ]) {
      channels.sandbox.script(BOT, () => replied(reply));
      await post();
    }
    await channels.settled(channel_id);
    expect(JSON.stringify(await bodiesOfType(channels, channel_id, 'bot:error'))).not.toContain('IGNORE');
  });

  const ALLOWED: readonly (readonly [string, string])[] = [
    ['100 posts', posts(Array.from({ length: 100 }, () => '{"kind":"bot","body":"x"}').join(','))],
    ['a kind of its own', posts('{"kind":"chess:move","body":{"type":"e4"}}')],
    ['nothing at all', posts('')],
    ["a body that claims another bot's name", body('{"bot_id":"bot_Other_9","state_version":99}')],
  ];
  it.each(ALLOWED)('is not %s', async (_what, reply) => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    channels.sandbox.script(BOT, () => replied(reply));
    const { msg_id } = await post();
    await channels.settled(channel_id);
    const after = (await channels.entries(channel_id)).filter(({ id }) => id > msg_id);
    for (const entry of after)
      expect(entry).toMatchObject({ sender: BOT_ID, body: { bot_id: BOT_ID, state_version: 0 } });
  });
});

describe('a hook that the host could not run', () => {
  it('is tried again with growing pauses, tells bot:waiting after the third try, and happens once', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    let away = true;
    channels.sandbox.script(BOT, (call, program) => (away ? notRun() : counting(call, program)));
    const { msg_id } = await post();
    const pauses = [];
    for (let tries = 1; tries <= 10; tries++) {
      const nap = await channels.naps.next();
      pauses.push(nap.ms);
      expect(await bodiesOfType(channels, channel_id, 'bot:waiting')).toHaveLength(tries < 3 ? 0 : 1);
      if (tries === 10) away = false;
      nap.wake();
    }
    await channels.settled(channel_id);
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000]);
    expect(await bodiesOfType(channels, channel_id, 'bot:waiting')).toMatchObject([
      { bot_id: BOT_ID, cause: msg_id },
    ]);
    expect(await bodiesOfType(channels, channel_id, 'bot:error')).toEqual([]);
    expect(await bodiesOfType(channels, channel_id, 'count')).toMatchObject([{ count: 1 }]);
  });

  it('is called the same way each time, seed included', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    const calls: unknown[] = [];
    channels.sandbox.script(BOT, (call) => (calls.push(call) < 3 ? notRun() : ok()));
    await post();
    for (let tries = 1; tries < 3; tries++) {
      channels.clock.forward(60_000);
      (await channels.naps.next()).wake();
    }
    await channels.settled(channel_id);
    expect(calls).toHaveLength(3);
    expect(calls[1]).toEqual(calls[0]);
    expect(calls[2]).toEqual(calls[0]);
  });

  it('twice because its container was lost is a failure of the bot', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    channels.sandbox.script(BOT, () => notRun(true));
    const { msg_id } = await post();
    (await channels.naps.next()).wake();
    await channels.settled(channel_id);
    expect(await bodiesOfType(channels, channel_id, 'bot:error')).toMatchObject([
      { cause: msg_id, reason: 'exit' },
    ]);
  });

  it('once because its container was lost is tried again, and each cause counts for itself', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    for (let n = 0; n < 3; n++) {
      let lost = false;
      channels.sandbox.script(BOT, (call, program) => {
        if (lost) return counting(call, program);
        lost = true;
        return notRun(true);
      });
      await post();
      (await channels.naps.next()).wake();
      await channels.settled(channel_id);
    }
    expect(await bodiesOfType(channels, channel_id, 'bot:error')).toEqual([]);
    expect(await bodiesOfType(channels, channel_id, 'count')).toHaveLength(3);
  });

  it('does not go on once its bot is gone', async () => {
    await using game = await openGame();
    const { channels, channel_id, alice, post } = game;
    channels.sandbox.script(BOT, () => notRun());
    await post();
    const nap = await channels.naps.next();
    await alice.update_channel({ channel_id, ops: [{ type: 'remove_bot', bot_id: BOT_ID }] });
    const runs = channels.sandbox.runs.length;
    nap.wake();
    await channels.pipeline.stop();
    expect(channels.sandbox.runs).toHaveLength(runs);
  });

  it('is not told to wait for once its bot is gone', async () => {
    await using game = await openGame();
    const { channels, channel_id, alice, post } = game;
    channels.sandbox.script(BOT, () => notRun());
    await post();
    const held = new HeldHook();
    (await channels.naps.next()).wake();
    const nap = await channels.naps.next();
    channels.sandbox.script(BOT, held.script);
    nap.wake();
    await held.started();
    await alice.update_channel({ channel_id, ops: [{ type: 'remove_bot', bot_id: BOT_ID }] });
    held.end(notRun());
    (await channels.naps.next()).wake();
    expect(await bodiesOfType(channels, channel_id, 'bot:waiting')).toEqual([]);
  });

  it('ends its pause at once when the server stops', async () => {
    await using game = await openGame();
    const { channels, post } = game;
    channels.sandbox.script(BOT, () => notRun());
    await post();
    await channels.naps.next();
    await channels.pipeline.stop();
    expect(channels.pipeline.idle).toBe(true);
  });
});

describe('a bot that is behind by 100 entries', () => {
  it('makes posts answer BOT_BUSY until it has worked some off', async () => {
    await using game = await openGame();
    const { channels, channel_id, alice, post } = game;
    const held = new HeldHook();
    channels.sandbox.script(BOT, held.script);
    for (let n = 0; n < 100; n++) await post();
    const head = await channels.head(channel_id);
    expect(await refusal(post())).toBe('BOT_BUSY');
    expect(await refusal(alice.dm_bot({ channel_id, bot_id: BOT_ID, message: 'x' }))).toBe('BOT_BUSY');
    expect(await channels.head(channel_id)).toBe(head);
    await held.started();
    held.end(ok());
    await held.started();
    await post();
    channels.sandbox.script(BOT, () => ok());
    held.end(ok());
    await channels.settled(channel_id);
  });
});
