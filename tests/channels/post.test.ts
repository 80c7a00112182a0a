import { describe, expect, it } from 'vitest';
import { openChannels, refusal, refused } from '../support/channels.ts';
import { botFailed, HeldHook, ok } from '../support/fake-sandbox.ts';
import { ECHO, openSeated, openTable, seatTwo } from './support.ts';

describe('a post', () => {
  it('is durable before it is answered, with its id and time', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice } = table;
    const { msg_id, ts } = await alice.post_message({
      channel_id,
      body: { move: [1, { 'a.b': null }] },
      wait_ms: 0,
    });
    const entry = (await channels.entries(channel_id)).find(({ id }) => id === msg_id);
    expect(entry).toMatchObject({
      sender: 's1',
      sender_kind: 'member',
      kind: 'user',
      body: { move: [1, { 'a.b': null }] },
      ts,
    });
    expect(ts).toBe(new Date(channels.clock.now()).toISOString());
  });

  it.each([
    ['text', 'hello', { text: 'hello' }],
    ['an empty text', '', { text: '' }],
    ['a key named __proto__', JSON.parse('{"__proto__":{"x":1},"constructor":2}') as object, undefined],
    ['keys with dots, dollars and nothing', { 'a.b': 1, $x: 2, '': 3 }, undefined],
    ['a zero byte and astral text', { text: '\u0000 𝄞 \u2028' }, undefined],
    ['nesting in lists', { deep: [[[[[[1]]]]]] }, undefined],
  ] as const)('of %s comes back as it went in', async (_what, body, stored) => {
    await using table = await openSeated();
    const { channel_id, alice, bob } = table;
    const { msg_id } = await alice.post_message({ channel_id, body: body as never, wait_ms: 0 });
    const { messages } = await bob.sync_messages({ channel_id, cursor: msg_id - 1, timeout_ms: 0 });
    expect(JSON.stringify(messages[0]?.body)).toBe(JSON.stringify(stored ?? body));
  });

  it('returns what the bots answer to it, and not what they answer to others', async () => {
    await using table = await openSeated();
    const { channel_id, alice, bob } = table;
    const [first, second] = await Promise.all([
      alice.post_message({ channel_id, body: 'from alice' }),
      bob.post_message({ channel_id, body: 'from bob' }),
    ]);
    for (const [answer, sender] of [
      [first, 's1'],
      [second, 's2'],
    ] as const) {
      expect(answer.bots).toBe('settled');
      expect(answer.replies).toMatchObject([
        { body: { hook: 'on_message', args: [{ id: answer.msg_id, sender }] } },
      ]);
      expect(answer.notice).toContain('data');
    }
  });

  it('says pending when its time is over before the bots are done', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice } = table;
    const held = new HeldHook();
    channels.sandbox.script(ECHO, held.script);
    expect(await alice.post_message({ channel_id, body: 'x', wait_ms: 0 })).toMatchObject({
      bots: 'pending',
      replies: [],
    });
    await held.started();
    held.end(ok());
  });

  it('waits for every bot that it rings, and for nothing else', async () => {
    await using channels = openChannels();
    const held = new HeldHook();
    channels.sandbox.script('class Slow: pass', held.script);
    const made = seatTwo(channels, {
      slots: ['bot:Fast', 'invite:A', 'invite:B', 'bot:Slow'],
      bots: [{ inline_code: ECHO }, { inline_code: 'class Slow: pass' }],
    });
    // on_init and two times on_join.
    for (let hooks = 0; hooks < 3; hooks++) {
      await held.started();
      held.end(ok());
    }
    const { channel_id, alice } = await made;
    const answer = alice.post_message({ channel_id, body: 'x' });
    await held.started();
    expect(await alice.dm_bot({ channel_id, bot_id: 'bot_Fast_0', message: 'y' })).toMatchObject({
      bots: 'settled',
    });
    held.end(ok([{ body: 'slow too' }]));
    expect((await answer).replies.map(({ sender }) => sender).sort()).toEqual(['bot_Fast_0', 'bot_Slow_1']);
  });

  it('says what to do next, above all when nobody answered', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice } = table;
    const next = async (wait_ms: number) =>
      (await alice.post_message({ channel_id, body: 'x', wait_ms })).next;
    expect(await next(8_000)).toMatch(/^Call sync_messages with your last cursor to wait/);
    channels.sandbox.script(ECHO, () => ok());
    expect(await next(8_000)).toMatch(/^No bot answered this\./);
    channels.sandbox.script(ECHO, () => botFailed());
    for (let n = 0; n < 5; n++) await next(8_000);
    expect(await next(8_000)).toMatch(/^A bot is suspended .*resume_bot/);
  });

  it('says none in a channel without bots', async () => {
    await using channels = openChannels();
    const { channel_id, alice, inviteA } = await openTable(channels, {
      slots: ['invite:A', 'invite:B'],
      bots: [],
    });
    await alice.join_channel({ invite_code: inviteA });
    expect(await alice.post_message({ channel_id, body: 'x' })).toMatchObject({ bots: 'none', replies: [] });
  });

  it('brings as many replies as fit, and says how many are left', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice } = table;
    channels.sandbox.script(ECHO, () =>
      ok(Array.from({ length: 40 }, (_, at) => ({ body: `${at} ${'x'.repeat(300)}` }))),
    );
    const { msg_id, replies, replies_left } = await alice.post_message({ channel_id, body: 'x' });
    expect(replies.length).toBeGreaterThan(5);
    expect(replies.length + replies_left!).toBe(40);
    expect(replies.map(({ id }) => id)).toEqual(replies.map((_, at) => msg_id + 1 + at));
    const rest = await alice.sync_messages({
      channel_id,
      cursor: replies.at(-1)!.id,
      timeout_ms: 0,
      max_tokens: 20_000,
    });
    expect(rest.messages).toHaveLength(replies_left!);
  });

  it.each(['bot', 'control', 'system', 'USER', 'user '])('of kind %j is not for members', async (kind) => {
    await using table = await openSeated();
    const { channels, channel_id, alice } = table;
    const head = await channels.head(channel_id);
    expect(await refusal(alice.post_message({ channel_id, body: 'x', kind }))).toBe('KIND_NOT_ALLOWED');
    expect(await channels.head(channel_id)).toBe(head);
  });

  it('holds up to 64 KiB of JSON, not a byte more', async () => {
    await using table = await openSeated();
    const { channel_id, alice } = table;
    const most = 65_536 - '{"text":""}'.length;
    await alice.post_message({ channel_id, body: 'x'.repeat(most), wait_ms: 0 });
    const error = await refused(alice.post_message({ channel_id, body: 'x'.repeat(most + 1) }));
    expect([error.code, error.details.limit_bytes]).toEqual(['TOO_LARGE', 65_536]);
    expect(await refusal(alice.post_message({ channel_id, body: '𝄞'.repeat(most / 4 + 1) }))).toBe(
      'TOO_LARGE',
    );
  });

  it('to a bot that is not there, was removed or is suspended is refused', async () => {
    await using table = await openSeated({ bots_policy: 'open' });
    const { channels, channel_id, alice, bob, bot_id } = table;
    expect(await refusal(bob.dm_bot({ channel_id, bot_id: 'bot_Nobody_9', message: 'x' }))).toBe(
      'BOT_NOT_FOUND',
    );
    channels.sandbox.script(ECHO, () => ({
      outcome: 'bot_failed',
      reason: 'exit',
      detail: 'It ended.',
      output: '',
      wallMs: 1,
      connections: [],
    }));
    for (let failure = 0; failure < 5; failure++) await bob.post_message({ channel_id, body: 'x' });
    expect(await refusal(bob.dm_bot({ channel_id, bot_id, message: 'x' }))).toBe('BOT_SUSPENDED');
    await alice.update_channel({ channel_id, ops: [{ type: 'remove_bot', bot_id }] });
    expect(await refusal(bob.dm_bot({ channel_id, bot_id, message: 'x' }))).toBe('BOT_NOT_FOUND');
  });
});

describe('a body with a live code of its channel', () => {
  const WRAPPED = [
    ['as the text', (code: string) => code],
    ['inside of words', (code: string) => `take${code}now`],
    ['as a value far inside', (code: string) => ({ a: [{ b: [code] }] })],
    ['as a key', (code: string) => ({ [code]: 1 })],
    [
      'behind what merely begins like a code',
      (code: string) => `inv_${'a'.repeat(16)}_${'b'.repeat(20)}${code}`,
    ],
    ['behind another code', (code: string) => `inv_${'a'.repeat(16)}_${'b'.repeat(26)}${code}`],
  ] as const;

  it.each(WRAPPED)('%s is refused: an invite or a handle, in public and in private', async (_where, wrap) => {
    await using channels = openChannels();
    const { channel_id, bot_id, inviteB, inviteA, alice } = await openTable(channels);
    const { rejoin_token } = await alice.join_channel({ invite_code: inviteA });
    await channels.settled(channel_id);
    const head = await channels.head(channel_id);
    for (const code of [inviteB, rejoin_token]) {
      expect(await refusal(alice.post_message({ channel_id, body: wrap(code) }))).toBe('SECRET_IN_BODY');
      expect(await refusal(alice.dm_bot({ channel_id, bot_id, message: wrap(code) }))).toBe('SECRET_IN_BODY');
    }
    expect(await channels.head(channel_id)).toBe(head);
  });

  it('is refused in what an admin words too: a name, a manifest', async () => {
    await using channels = openChannels();
    const { channel_id, inviteA, alice } = await openTable(channels, {
      slots: ['bot:R', 'bot:T', 'invite:A', 'invite:B'],
    });
    const head = await channels.head(channel_id);
    const ops = [
      { type: 'rename', name: `Join: ${inviteA}` },
      { type: 'set_bot', slot: 'T', inline_code: 'class T: pass', env: { CODE: inviteA } },
    ] as const;
    for (const op of ops)
      expect(await refusal(alice.update_channel({ channel_id, ops: [op] }))).toBe('SECRET_IN_BODY');
    const attach = alice.attach_bot({ channel_id, inline_code: 'class T: pass', params: { code: inviteA } });
    expect(await refusal(attach)).toBe('SECRET_IN_BODY');
    expect(await channels.head(channel_id)).toBe(head);
    expect(channels.sandbox.containers.size).toBe(1);
  });

  it('is allowed once the code opens nothing any more, or if it is of another channel', async () => {
    await using channels = openChannels();
    const here = await seatTwo(channels);
    const there = await openTable(channels);
    const { channel_id, alice, inviteA } = here;
    for (const body of [inviteA, there.inviteA])
      expect(await alice.post_message({ channel_id, body })).toMatchObject({ bots: 'settled' });
  });
});

describe('the loop guard', () => {
  const guard = { per_minute: 30, burst: 3 };

  it('allows a burst, then one post each interval, and says what is left', async () => {
    await using channels = openChannels({ loopGuard: guard });
    const { channel_id, alice } = await seatTwo(channels);
    const post = () => alice.post_message({ channel_id, body: 'x', wait_ms: 0 });
    for (const remaining of [2, 1, 0])
      expect((await post()).loop_guard).toEqual({ remaining, per_minute: 30 });
    const head = (await channels.entries(channel_id)).filter(
      ({ sender_kind }) => sender_kind === 'member',
    ).length;
    const error = await refused(post());
    expect([error.code, error.details.retry_after_s]).toEqual(['LOOP_GUARD', 2]);
    channels.clock.forward(1_500);
    expect((await refused(post())).details.retry_after_s).toBe(1);
    channels.clock.forward(500);
    expect((await post()).loop_guard.remaining).toBe(0);
    expect(await refusal(post())).toBe('LOOP_GUARD');
    const posts = (await channels.entries(channel_id)).filter(({ sender_kind }) => sender_kind === 'member');
    expect(posts).toHaveLength(head + 1);
    channels.clock.forward(60_000);
    expect((await post()).loop_guard.remaining).toBe(2);
  });

  it('counts each seat for itself, private posts too', async () => {
    await using channels = openChannels({ loopGuard: guard });
    const { channel_id, bot_id, alice, bob } = await seatTwo(channels);
    for (let n = 0; n < 3; n++) await alice.dm_bot({ channel_id, bot_id, message: 'x' });
    expect(await refusal(alice.post_message({ channel_id, body: 'x' }))).toBe('LOOP_GUARD');
    await bob.post_message({ channel_id, body: 'x' });
  });

  it('is not passed by sending at once', async () => {
    await using channels = openChannels({ loopGuard: guard });
    const { channel_id, alice } = await seatTwo(channels);
    const all = Array.from({ length: 10 }, () => alice.post_message({ channel_id, body: 'x', wait_ms: 0 }));
    const ended = await Promise.allSettled(all);
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });
});
