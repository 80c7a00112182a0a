import { describe, expect, it } from 'vitest';
import type { HookResult } from '../../control-plane/src/sandbox/port.ts';
import { noMetrics } from '../../control-plane/src/kernel/metrics.ts';
import { botFailed, connection, notRun, ok, replied } from '../support/fake-sandbox.ts';
import { BOT, BOT_ID, bodiesOfType, hookFacts, openGame, startGame } from './support.ts';
import { openChannels } from '../support/channels.ts';

const FAILED: HookResult = {
  ...botFailed('exception', 7),
  trace: 'ValueError: the bot says so',
  output: 'a word of the bot',
} as HookResult;

/** The bot:error of a failed hook as each of the channel's readers gets it. */
async function errorsOf(read: { sync_messages: Reader }, channel_id: string) {
  const { messages } = await read.sync_messages({ channel_id, max_tokens: 20_000 });
  return messages.map(({ body }) => body).filter(isError);
}

type Reader = (input: {
  channel_id: string;
  max_tokens: number;
}) => Promise<{ messages: { body: unknown }[] }>;

function isError(body: unknown): body is Record<string, unknown> {
  return (body as { type?: string }).type === 'bot:error';
}

describe('what a failed bot said', () => {
  it('is shown to the admin in bot:error, in the reply and in the log, and to nobody else', async () => {
    await using game = await openGame();
    const { channels, channel_id, alice, inviteB } = game;
    const bob = channels.as('acc_bob');
    await bob.join_channel({ invite_code: inviteB });
    await channels.settled(channel_id);
    channels.sandbox.script(BOT, () => FAILED);
    const said = { trace: 'ValueError: the bot says so', output: 'a word of the bot' };
    const own = await alice.post_message({ channel_id, body: 'x' });
    expect(own.replies).toMatchObject([{ body: { type: 'bot:error', line: 7, ...said } }]);
    const others = await bob.post_message({ channel_id, body: 'x' });
    expect(Object.keys(others.replies[0]!.body as object).sort()).toEqual(
      ['type', 'bot_id', 'cause', 'hook', 'reason', 'message', 'line'].sort(),
    );
    expect(await errorsOf(alice, channel_id)).toMatchObject([said, said]);
    expect(JSON.stringify(await errorsOf(bob, channel_id))).not.toContain('the bot');
    expect(JSON.stringify(await bodiesOfType(channels, channel_id, 'bot:error'))).not.toContain('says so');
    expect(JSON.stringify(channels.logged)).not.toContain('says so');
  });

  it('is shown to whoever is admin when it is read', async () => {
    await using game = await openGame();
    const { channels, channel_id, alice, inviteB, post } = game;
    const bob = channels.as('acc_bob');
    await bob.join_channel({ invite_code: inviteB });
    channels.sandbox.script(BOT, () => FAILED);
    await post();
    await channels.settled(channel_id);
    const admin = (slot_id: string, admin: boolean) => ({ type: 'set_admin' as const, slot_id, admin });
    await alice.update_channel({ channel_id, ops: [admin('s2', true)] });
    expect((await errorsOf(bob, channel_id)).every((body) => 'trace' in body)).toBe(true);
    await bob.update_channel({ channel_id, ops: [admin('s1', false)] });
    expect((await errorsOf(alice, channel_id)).some((body) => 'trace' in body)).toBe(false);
  });

  it('is shown to a creator without a seat', async () => {
    await using channels = openChannels();
    channels.sandbox.script(BOT, () => FAILED);
    const carol = channels.as('acc_carol');
    const { channel_id } = await carol.create_channel({ name: 'n', slots: ['bot:Bot'], bot_code: BOT });
    await channels.settled(channel_id);
    expect(await errorsOf(carol, channel_id)).toMatchObject([
      { hook: 'on_init', trace: 'ValueError: the bot says so' },
    ]);
  });

  it.each([
    ['long text', 'é'.repeat(5_000), `${'é'.repeat(1_024)}…`],
    ['text that would be cut inside a character', `x${'é'.repeat(5_000)}`, `x${'é'.repeat(1_023)}…`],
    ['half a surrogate pair', 'a\ud800b', 'a\ufffdb'],
  ])('is kept in bounds: %s', async (_what, text, kept) => {
    await using game = await openGame();
    const { channels, channel_id, alice, post } = game;
    channels.sandbox.script(BOT, () => ({ ...FAILED, trace: text, output: text }) as HookResult);
    await post();
    await channels.settled(channel_id);
    expect(await errorsOf(alice, channel_id)).toMatchObject([{ trace: kept, output: kept }]);
  });

  it.each([
    ['the traceback', (code: string) => ({ trace: `use ${code}` })],
    ['what was printed', (code: string) => ({ output: `use ${code}` })],
    ['both together', (code: string) => ({ trace: code.slice(0, 9), output: code.slice(9) })],
  ])('with a live code in %s is withheld: it would open the seat of another', async (_name, words) => {
    await using game = await openGame();
    const { channels, channel_id, alice, inviteB, post } = game;
    channels.sandbox.script(BOT, () => ({ ...FAILED, ...words(inviteB) }) as HookResult);
    await post();
    await channels.settled(channel_id);
    expect(JSON.stringify(await channels.commits(channel_id))).not.toContain(inviteB.slice(9));
    const withheld = expect.stringContaining('withheld');
    expect(await errorsOf(alice, channel_id)).toMatchObject([{ trace: withheld, output: withheld }]);
  });

  it('is not kept of a hook that went well', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    channels.sandbox.script(BOT, () => ({ ...ok(), output: 'a word of the bot' }) as HookResult);
    await post();
    await channels.settled(channel_id);
    expect(JSON.stringify(await channels.commits(channel_id))).not.toContain('a word of the bot');
  });
});

describe('where hooks connected to', () => {
  const RECORD = {
    host: 'site.test',
    port: 443,
    address: '192.0.2.1',
    outcome: 'closed',
    bytes_in: 10,
    bytes_out: 3,
    ms: 2,
  };

  it('is shown to admins by get_channel_info, the newest of them first', async () => {
    await using game = await openGame();
    const { channels, channel_id, alice, inviteB, post } = game;
    const bob = channels.as('acc_bob');
    await bob.join_channel({ invite_code: inviteB });
    await channels.settled(channel_id);
    channels.sandbox.script(BOT, () => ({ ...ok(), connections: [connection()] }) as HookResult);
    await post();
    const denied = connection({ host: 'denied.test', address: null, outcome: 'denied_host' });
    channels.sandbox.script(BOT, () => ({ ...botFailed(), connections: [denied] }) as HookResult);
    await post();
    await channels.settled(channel_id);
    const { bots } = await alice.get_channel_info({ channel_id });
    expect(bots).toMatchObject([
      { connections: [{ host: 'denied.test', address: null, outcome: 'denied_host' }, RECORD] },
    ]);
    expect(Object.keys((await bob.get_channel_info({ channel_id })).bots[0]!)).not.toContain('connections');
  });

  it('is withheld where a bot put a live code into the name of a host', async () => {
    await using game = await openGame();
    const { channels, channel_id, alice, inviteB, post } = game;
    const asked = connection({ host: `${inviteB}.test`, address: null, outcome: 'denied_host' });
    channels.sandbox.script(BOT, () => ({ ...ok(), connections: [asked] }) as HookResult);
    await post();
    await channels.settled(channel_id);
    expect(JSON.stringify(await channels.commits(channel_id))).not.toContain(inviteB);
    const { bots } = await alice.get_channel_info({ channel_id });
    expect(bots[0]?.connections).toMatchObject([{ host: expect.stringContaining('withheld') }]);
  });

  it('is kept in the log up to 32 for a hook, and of those 20 at hand', async () => {
    await using game = await openGame();
    const { channels, channel_id, alice, post } = game;
    const many = Array.from({ length: 40 }, (_, port) => connection({ port }));
    channels.sandbox.script(BOT, () => ({ ...ok(), connections: many }) as HookResult);
    const { msg_id } = await post();
    await channels.settled(channel_id);
    const facts = await hookFacts(channels, channel_id);
    const fact = facts.find(({ commitCause }) => commitCause === msg_id) as
      | Record<string, unknown>
      | undefined;
    expect(fact?.['connections']).toHaveLength(32);
    expect(fact?.['connections_more']).toBe(8);
    const { bots } = await alice.get_channel_info({ channel_id });
    expect(bots[0]?.connections?.map(({ port }) => port)).toEqual(
      Array.from({ length: 20 }, (_, n) => 31 - n),
    );
  });

  it('of many bots stays within what a client takes', async () => {
    await using channels = openChannels();
    const host = `${'h'.repeat(240)}.test`;
    const many = Array.from({ length: 20 }, () => connection({ host }));
    channels.sandbox.script(BOT, () => ({ ...ok(), connections: many }) as HookResult);
    const alice = channels.as('acc_alice');
    const slots = Array.from({ length: 12 }, (_, n) => `bot:B${n}`);
    const bots = slots.map(() => ({ inline_code: BOT }));
    const { channel_id } = await alice.create_channel({ name: 'n', slots, bots });
    await channels.settled(channel_id);
    const info = await alice.get_channel_info({ channel_id });
    const connections = info.bots.flatMap((bot) => bot.connections ?? []);
    expect(connections.length).toBeGreaterThan(20);
    expect(JSON.stringify(connections).length).toBeLessThan(11_000);
  });
});

describe('what the operator is told of a hook that was killed', () => {
  it.each([
    ['timeout', botFailed('timeout')],
    ['memory', botFailed('memory')],
    ['exit', botFailed('exit')],
    ['output', botFailed('output')],
    ['output', replied('no JSON')],
    ['lost', notRun(true)],
  ] as const)('%s: a line with channel, bot, hook and cause each time', async (reason, result) => {
    const kills: string[] = [];
    const metrics = { ...noMetrics, kill: (cause: string) => void kills.push(cause) };
    await using channels = openChannels({ metrics });
    const { channel_id, post } = await startGame(channels);
    channels.sandbox.script(BOT, () => result);
    const { msg_id } = await post();
    if (reason === 'lost') (await channels.naps.next()).wake();
    await channels.settled(channel_id);
    const ms = reason === 'lost' ? null : 1;
    const fields = { channel: channel_id, bot: BOT_ID, hook: 'on_message', cause: msg_id, reason, ms };
    // A container that is lost is tried again once.
    const times = reason === 'lost' ? 2 : 1;
    expect(channels.logged).toEqual(Array(times).fill({ fields, message: 'warn: a hook was killed' }));
    // The sandbox counts the containers that it loses.
    expect(kills).toEqual(reason === 'lost' ? [] : [reason]);
  });

  it("is no warning for an exception, which is the bot's own affair", async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    channels.sandbox.script(BOT, () => botFailed('exception'));
    await post();
    await channels.settled(channel_id);
    expect(channels.logged.map(({ message }) => message)).toEqual(['a hook failed']);
  });
});
