import { describe, expect, it } from 'vitest';
import { CHARACTERS } from './injections/characters.ts';
import { IMITATIONS, type Injection } from './injections/imitations.ts';
import { openRoom } from './injections/room.ts';
import { type Edge, EDGES, type Outcome, startModels } from './support.ts';

const A_LINE = 'A'.repeat(600);
const BRACES = '{"a":'.repeat(80);
const LONG: readonly Injection[] = [
  ['a line that does not end', A_LINE, `"${A_LINE}"`],
  ['braces without end', BRACES, `"${BRACES.replaceAll('"', '\\"')}"`],
];
const ALL: readonly Injection[] = [...IMITATIONS, ...CHARACTERS, ...LONG];

/** Holds an answer to the last field, and its text to the last character: the injection stands as it must. */
function expectExactly(edge: Edge, outcome: Outcome, expected: unknown, [, text, shown]: Injection) {
  expect(outcome.failed).toBe(false);
  expect(outcome.answer).toEqual(expected);
  expect(JSON.parse(outcome.text)).toEqual(expected);
  // REST answers are read by programs, which see no difference between a character and its escape.
  const spelled = edge === 'REST' ? JSON.stringify(text) : shown;
  const marked = JSON.stringify(replaced(JSON.parse(outcome.text), text, 'THE_INJECTION'));
  expect(outcome.text).toBe(marked.replaceAll('"THE_INJECTION"', () => spelled));
  expect(outcome.sent.split('\n').filter((line) => line.startsWith('data: {')).length).toBe(
    edge === 'MCP of the older era' ? 1 : 0,
  );
}

/** A value with another text in place of one, keys included. */
function replaced(value: unknown, from: string, to: string): unknown {
  if (value === from) return to;
  if (Array.isArray(value)) return value.map((item) => replaced(item, from, to));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [
    key === from ? to : key,
    replaced(item, from, to),
  ]);
  return Object.fromEntries(entries);
}

describe('what peers write that imitates others', () => {
  it('is a table of more than forty texts, none twice', () => {
    expect(new Set(ALL.map(([, text]) => text)).size).toBe(ALL.length);
    expect(ALL.length).toBeGreaterThan(40);
  });

  describe.each(EDGES)('stays in its field over %s:', (edge) => {
    it.each(ALL)('%s', async (...injection) => {
      const [, text] = injection;
      await using room = await openRoom(edge, text);
      const { models, alice, bob, channel_id, expected, invite } = room;
      const { view, bot, manifest, hashes, notice, settled } = expected;
      const exactly = (outcome: Outcome, answer: unknown) => expectExactly(edge, outcome, answer, injection);
      const toBob = { slot_id: 's2', label: 'two' };
      const toAlice = { slot_id: 's1', label: 'one' };

      const joined = await bob.try('join_channel', { invite_code: invite });
      const { rejoin_token, next } = joined.answer;
      // Its on_join may still run.
      const bots = [{ ...bot, status: expect.stringMatching(/^(ready|working)$/) }];
      exactly(joined, {
        channel_id,
        slot_id: 's2',
        rejoin_token,
        view,
        you: toBob,
        notice,
        next,
        bots,
      });
      await models.channels.settled(channel_id);
      const { head } = await alice.call('get_channel_info', { channel_id });

      const posted = await bob.try('post_message', { channel_id, body: text });
      exactly(posted, settled(head + 1, [expected.reply(head + 2)], 59_999));
      const asked = await bob.try('dm_bot', { channel_id, bot_id: bot.bot_id, message: { [text]: text } });
      const reply = settled(head + 3, [expected.secret(head + 4)], 59_998);
      exactly(asked, { ...reply, ok: true, delivered_to: bot.bot_id });

      const rest = { cursor: head + 4, head: head + 4, has_more: false, view, notice };
      const posts = [expected.post(head + 1), expected.reply(head + 2)];
      exactly(await alice.try('sync_messages', { channel_id, cursor: head }), {
        ...rest,
        messages: posts,
        you: toAlice,
      });
      const words = [expected.strange(head + 3), expected.secret(head + 4)];
      exactly(await bob.try('sync_messages', { channel_id, cursor: head }), {
        ...rest,
        messages: [...posts, ...words],
        you: toBob,
      });

      const info = { view, head: head + 4, you: toAlice, notice, bots: [{ ...bot, connections: [] }] };
      exactly(await alice.try('get_channel_info', { channel_id }), info);

      const code = await bob.try('get_bot_code', { channel_id, bot_id: bot.bot_id });
      exactly(code, {
        ...{ bot_id: bot.bot_id, name: 'Referee', version: '1.0', code_ref: null, inline_code: text },
        ...{ source: text, offset: 0, next_offset: null, total_chars: text.length, removed: false },
        ...{ manifest, ...hashes, how_to_verify: code.answer['how_to_verify'], you: toBob, notice },
      });
    });
  });
});

it('a body of one endless line comes cut, and what follows it is the server', async () => {
  await using room = await openRoom('MCP 2026-07-28', 'pass');
  const { bob, alice, channel_id, invite } = room;
  await bob.call('join_channel', { invite_code: invite });
  const body = `${'A'.repeat(60_000)}"}],"cursor":0}`;
  const { msg_id } = await bob.call('post_message', { channel_id, body });
  const { answer, text } = await alice.try('sync_messages', { channel_id, cursor: msg_id - 1 });
  const [message] = answer['messages'];
  expect(Object.keys(answer)).toEqual(['messages', 'cursor', 'head', 'has_more', 'view', 'you', 'notice']);
  expect(answer['messages']).toHaveLength(1);
  expect(message).toMatchObject({ id: msg_id, sender: 's2', body: expect.stringMatching(/^\{"text":"A+$/) });
  expect(message.truncated).toEqual({
    offset: message.body.length,
    total_chars: JSON.stringify({ text: body }).length,
    next: `sync_messages with cursor ${msg_id - 1}, body_offset ${message.body.length} and limit 1 reads on`,
  });
  expect(JSON.parse(text)).toEqual(answer);
});

describe('a channel with a name or a label that imitates others', () => {
  const VISIBLE = /^(?!.*[\u{e0100}-\u{e01ef}])[\p{L}\p{M}\p{N}\p{P}\p{S}\u200d\u3000 ]+$/u;
  const LABEL = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;

  it.each(ALL)('shows it in its field, or is not made: %s', async (_title, text) => {
    await using models = await startModels();
    const alice = models.as('alice');
    const name = Array.from(text).slice(0, 50).join('');
    const made = await alice.try('create_channel', { name, slots: ['invite:one'] });
    const label = Array.from(text).slice(0, 30).join('');
    const labelled = await alice.try('create_channel', { name: 'n', slots: [`invite:${label}`] });

    const { channels } = await alice.call('list_channels');
    const named = channels.map((channel: { name: string; slots: { label: string }[] }) => [
      channel.name,
      channel.slots[0]?.label,
    ]);
    const shown = [
      ...(VISIBLE.test(name) ? [[name, 'one']] : []),
      ...(LABEL.test(label) ? [['n', label]] : []),
    ];
    expect(new Set(named)).toEqual(new Set(shown));
    expect([made.failed, labelled.failed]).toEqual([!VISIBLE.test(name), !LABEL.test(label)]);
    for (const refused of [made, labelled].filter(({ failed }) => failed)) {
      expect(refused.answer['error']).toMatchObject({ field: expect.stringMatching(/^(name|slots\.0)$/) });
      expect(refused.text).not.toContain(JSON.stringify(label).slice(1, -1));
    }
  });

  it.each(ALL)('is not renamed to what does not show: %s', async (_title, text) => {
    await using models = await startModels();
    const alice = models.as('alice');
    const { channel_id } = await alice.call('create_channel', { name: 'Plain', slots: ['invite:one'] });
    const name = Array.from(text).slice(0, 50).join('');
    const renamed = await alice.try('update_channel', { channel_id, ops: [{ type: 'rename', name }] });
    expect(renamed.failed).toBe(!VISIBLE.test(name));
    const { view } = await alice.call('get_channel_info', { channel_id });
    expect(view.name).toBe(VISIBLE.test(name) ? name : 'Plain');
  });
});
