import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { expect, describe, it } from 'vitest';
import { TOOLS } from '../../control-plane/src/http/mcp/tools.ts';
import { connection, ok } from '../support/fake-sandbox.ts';
import { type Models, type Session, startModels } from './support.ts';

/** Claude Code refuses a tool's answer above this. */
const REFUSED_TOKENS = 25_000;

/** Letters that take a token for each of their four bytes. */
const COSTLY = '𓀀𓆣𓅃𓁹';
const costly = (utf16: number) => COSTLY.repeat(Math.ceil(utf16 / COSTLY.length)).slice(0, utf16);
/** Text of single characters that no tokenizer joins. */
const dense = (length: number) => '1q'.repeat(length / 2);

const SOURCE = `class Dense:\n    x = "${dense(30_000)}"\n`;
const SHORT = 'class Short:\n    pass\n';
const HOSTS = Array.from({ length: 64 }, (_, index) => `h${index}${'.a1'.repeat(70)}.example`);

/** A bot with a manifest as long as one request can hold for each of many. */
const shortBot = (slot: string) => ({
  slot,
  name: 'B'.repeat(40),
  version: costly(40),
  inline_code: SHORT,
  params: { text: dense(5_000) },
});

/** A bot with as long a manifest as there can be. */
const longBot = (slot: string) => ({
  slot,
  name: 'B'.repeat(40),
  version: costly(40),
  inline_code: SOURCE,
  params: { text: dense(16_000) },
  env: { TEXT: dense(4_000), MORE: dense(4_000), AGAIN: dense(4_000) },
});

const name = costly(100);
const label = (index: number) => `${costly(56)}${index}`;

/** The channel with the longest answers: 32 slots with the costliest labels, so many of them for bots. */
async function longest(session: Session, bots: number, creation: object = {}) {
  const slots = Array.from(
    { length: 32 },
    (_, index) => `${index < bots ? 'bot' : 'invite'}:${label(index)}`,
  );
  const bot = bots > 2 ? shortBot : longBot;
  const placed = Array.from({ length: bots }, (_, index) => bot(label(index)));
  const created = await session.try('create_channel', { name, slots, bots: placed, ...creation });
  if (created.failed) throw new Error(created.text);
  const { channel_id, invites } = created.answer;
  return { created, channel_id: channel_id as string, invites: invites as readonly string[] };
}

type Texts = readonly string[];

const NO_CONTEXT = { signal: new AbortController().signal };

/** Calls whose answers are as long as the tool's can be; the texts that a model gets. */
const WORST: Readonly<Record<string, (models: Models) => Promise<Texts>>> = {
  health_check: async (models) => [(await models.as('alice').try('health_check')).text],

  async create_channel(models) {
    const alice = models.as('alice');
    return [(await longest(alice, 0)).created.text, (await longest(alice, 31)).created.text];
  },

  async join_channel(models) {
    const { invites } = await longest(models.as('alice'), 31);
    return [(await models.as('bob').try('join_channel', { invite_code: invites[0] })).text];
  },

  post_message: (models) => repliesOf(models, 'post_message'),
  dm_bot: (models) => repliesOf(models, 'dm_bot'),

  async sync_messages(models) {
    const alice = models.as('alice');
    const { channel_id, invites } = await longest(alice, 2);
    await alice.call('join_channel', { invite_code: invites[0] });
    const texts: string[] = [];
    for (const text of [dense(60_000), costly(30_000), '\u0001'.repeat(10_000), '"\\'.repeat(16_000)]) {
      const { msg_id } = await alice.call('post_message', { channel_id, body: text, wait_ms: 0 });
      for (const max_tokens of [2_000, 20_000]) {
        texts.push((await alice.try('sync_messages', { channel_id, cursor: msg_id - 1, max_tokens })).text);
      }
    }
    for (let posts = 0; posts < 100; posts++) {
      await alice.call('post_message', { channel_id, body: dense(300), wait_ms: 0 });
    }
    return [
      ...texts,
      (await alice.try('sync_messages', { channel_id, max_tokens: 20_000, limit: 500 })).text,
    ];
  },

  async get_channel_info(models) {
    models.channels.sandbox.script(SHORT, () => ({
      ...ok(),
      connections: Array.from({ length: 64 }, (_, index) => connection({ host: HOSTS[index] ?? '' })),
    }));
    const alice = models.as('alice');
    const { channel_id } = await longest(alice, 31);
    await models.channels.settled(channel_id);
    return [(await alice.try('get_channel_info', { channel_id })).text];
  },

  async get_bot_code(models) {
    const alice = models.as('alice');
    const { channel_id } = await longest(alice, 1);
    const bot_id = `bot_${'B'.repeat(40)}_0`;
    const offsets = [0, 7_900, 29_000];
    const pages = offsets.map((offset) => alice.try('get_bot_code', { channel_id, bot_id, offset }));
    return (await Promise.all(pages)).map(({ text }) => text);
  },

  async list_channels(models) {
    const alice = models.as('alice');
    for (let channels = 0; channels < 3; channels++) await longest(alice, 31);
    for (let channels = 0; channels < 40; channels++) {
      await alice.call('create_channel', { name: costly(100), slots: [`invite:${costly(56)}`] });
    }
    const first = await alice.try('list_channels', { limit: 50 });
    const second = await alice.try('list_channels', { limit: 50, cursor: first.answer['next_cursor'] });
    return [first.text, second.text, (await alice.try('list_channels')).text];
  },

  async update_channel(models) {
    const alice = models.as('alice');
    const { channel_id } = await longest(alice, 1);
    const ops = Array.from({ length: 16 }, (_, index) => ({
      type: 'issue_invite',
      slot_id: `s${index + 1}`,
    }));
    return [(await alice.try('update_channel', { channel_id, ops })).text];
  },

  async attach_bot(models) {
    const alice = models.as('alice');
    const { channel_id } = await longest(alice, 31);
    const ops = [{ type: 'remove_bot', bot_id: `bot_${'B'.repeat(40)}_6` }];
    await alice.call('update_channel', { channel_id, ops });
    const { slot, ...bot } = longBot(label(6));
    return [(await alice.try('attach_bot', { channel_id, slot, network: HOSTS, ...bot })).text];
  },

  async list_agents(models) {
    const { register_agent } = models.channels.handlers;
    const capabilities = Array.from({ length: 32 }, (_, index) => costly(60) + String(index));
    for (let agents = 0; agents < 60; agents++) {
      const agent = { agent_id: `a${agents}`, name: costly(100), session_id: dense(200), capabilities };
      await register_agent(
        { account: 'acc_alice', clientId: 'cli_alice', scopes: ['mcp'] },
        agent,
        NO_CONTEXT,
      );
    }
    return [(await models.as('alice').try('list_agents', { limit: 500 })).text];
  },

  async send_agent_message(models) {
    const { agent_id: to } = await models.as('bob').call('read_inbox');
    const sent = { to, message: dense(16_000) };
    return [(await models.as('alice').try('send_agent_message', sent)).text];
  },

  async read_inbox(models) {
    const bob = models.as('bob');
    const { agent_id: to } = await bob.call('read_inbox');
    const send = (message: string) => models.as('alice').call('send_agent_message', { to, message });
    const texts: string[] = [];
    for (const text of [dense(16_000), costly(8_000), '\u0001'.repeat(2_700)]) {
      await send(text);
      for (let more = 0; more < 20; more++) await send(dense(600));
      const read = await bob.try('read_inbox', { limit: 200, max_tokens: 20_000 });
      await bob.call('read_inbox', { cursor: read.answer['cursor'] });
      texts.push(read.text);
    }
    return texts;
  },
};

/** Bots that answer as much as a hook may, with what takes the most tokens. */
async function repliesOf(models: Models, tool: 'post_message' | 'dm_bot'): Promise<Texts> {
  const say = (to_slot?: string) =>
    ok(Array.from({ length: 20 }, () => ({ body: { text: dense(3_000) }, ...(to_slot ? { to_slot } : {}) })));
  models.channels.sandbox.script(SOURCE, ({ hook }) =>
    hook === 'on_message' ? say() : hook === 'on_private_message' ? say('s2') : ok(),
  );
  const alice = models.as('alice');
  const { channel_id, invites } = await longest(alice, 2);
  await alice.call('join_channel', { invite_code: invites[0] });
  const bot_id = `bot_${'B'.repeat(40)}_0`;
  const args = tool === 'dm_bot' ? { bot_id, message: dense(60_000) } : { body: dense(60_000) };
  const answered = await alice.try(tool, { channel_id, ...args });
  expect(answered.answer).toMatchObject({
    bots: 'settled',
    replies: expect.arrayContaining([expect.anything()]),
  });
  return [answered.text];
}

describe('the longest answers that there can be', () => {
  it.each([...TOOLS.keys()])('of %s are taken by every client', async (tool) => {
    await using models = await startModels();
    const texts = (await WORST[tool]?.(models)) ?? [];
    const most = Math.max(...texts.map((text) => countTokens(text)));
    console.log(`${tool}: at most ${most} tokens`);
    expect(texts.filter((text) => text.startsWith('{"error"'))).toEqual([]);
    expect(most).toBeLessThan(REFUSED_TOKENS);
  });
});

describe('usual answers', () => {
  it('of list_channels take about 2,000 tokens, and the rest follows by its cursor', async () => {
    await using models = await startModels();
    const alice = models.as('alice');
    const made: string[] = [];
    for (let count = 0; count < 30; count++) {
      const slots = ['bot:referee', 'invite:alice', 'invite:bob'];
      made.push((await alice.call('create_channel', { name: `Game ${count}`, slots }))['channel_id']);
    }
    const found: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await alice.try('list_channels', cursor === undefined ? {} : { cursor });
      expect(countTokens(page.text)).toBeLessThan(2_800);
      found.push(...page.answer['channels'].map((channel: { channel_id: string }) => channel.channel_id));
      cursor = page.answer['next_cursor'];
    }
    expect(found.toSorted()).toEqual(made.toSorted());
  });

  it('of sync_messages take about 2,000 tokens', async () => {
    await using models = await startModels();
    const alice = models.as('alice');
    const { channel_id, invites } = await alice.call('create_channel', { name: 'Talk', slots: ['invite:a'] });
    await alice.call('join_channel', { invite_code: invites[0] });
    for (let posts = 0; posts < 60; posts++) {
      await alice.call('post_message', { channel_id, body: 'I think that the number is between 40 and 60.' });
    }
    const { text, answer } = await alice.try('sync_messages', { channel_id });
    expect(countTokens(text)).toBeLessThan(2_500);
    expect(answer['messages'].length).toBeGreaterThan(15);
  });
});
