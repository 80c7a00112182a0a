import { describe, expect, it } from 'vitest';
import { readResource } from '../../control-plane/src/http/mcp/resources.ts';
import { readBotCode } from '../../clients/typescript/client/bot-code.ts';
import type { ToolName } from '../../clients/typescript/client/tools.ts';
import { type Client, connect } from '../e2e/support/edges.ts';
import { startTestServer } from '../support/server.ts';
import { callsIn, type ShownCall, shownJson } from './doc-examples.ts';
import type { Answer } from './support.ts';

type AnyCall = (name: ToolName, args: object) => Promise<Answer>;
const callOf = (client: Client): AnyCall => client.call.bind(client) as unknown as AnyCall;

const QUICK_START = readResource('doc://quick-start')?.text ?? '';
const MESSAGES = readResource('doc://messages')?.text ?? '';

/** What a reader of the documents has learnt from answers so far: it stands for the placeholders. */
class Reader {
  readonly answers: { readonly call: ShownCall; readonly answer: Answer }[] = [];
  readonly #call: AnyCall;
  invites: string[];
  channel = '';
  token = '';
  cursor = 0;

  constructor(client: Client, invites: string[]) {
    this.#call = callOf(client);
    this.invites = invites;
  }

  /** Makes a shown call with what is known in place of its placeholders, and learns from the answer. */
  async make(call: ShownCall): Promise<Answer> {
    const answer = await this.#call(call.name as ToolName, JSON.parse(this.#filled(call.args)));
    this.answers.push({ call, answer });
    this.channel = answer['channel_id'] ?? this.channel;
    this.token = answer['rejoin_token'] ?? this.token;
    this.cursor = answer['cursor'] ?? this.cursor;
    const codes = answer['invites'] ?? [];
    if (call.name === 'create_channel') this.invites = codes;
    if (call.name === 'update_channel') this.invites = [codes[0].invite_code];
    return answer;
  }

  #filled(args: string): string {
    const known = args
      .replace('inv_…', () => this.invites.shift() ?? 'no invite is left')
      .replace('rejoin_…', this.token)
      .replace('chn_…', this.channel)
      .replace(/"cursor": \d+/, `"cursor": ${this.cursor}`);
    if (known.includes('…')) throw new Error(`Nothing is known for a placeholder of ${args}`);
    return known;
  }
}

/** Replies of which at least one is the bot's, and such. */
const fromBot = (such: object) =>
  expect.arrayContaining([expect.objectContaining({ sender: 'bot_GuessBot_0', ...such })]);

const GAME = {
  name: 'Game of a friend',
  slots: ['bot:referee', 'invite:a', 'invite:b'],
  bot_preset: 'GuessBot',
};

describe('the calls that the documents for models show', () => {
  it('of doc://quick-start work in their order, and lead to what it says', async () => {
    await using server = await startTestServer();
    await using you = await connect('MCP', server.url, 'You');
    await using friend = await connect('MCP', server.url, 'Friend');
    const given = await friend.call('create_channel', GAME);
    const reader = new Reader(you, given.invites.slice(0, 1));

    for (const call of callsIn(QUICK_START)) {
      // Its reader has handed the other code over by then.
      const [other] = call.name === 'get_channel_info' ? reader.invites : [];
      if (other !== undefined) await friend.call('join_channel', { invite_code: other });
      await reader.make(call);
    }

    const of = (name: string) =>
      reader.answers.filter(({ call }) => call.name === name).map(({ answer }) => answer);
    const [page] = of('get_bot_code');
    const args = { channel_id: reader.channel, bot_id: page?.['bot_id'] as string };
    const { computedHash } = await readBotCode((name, given) => you.call(name, given), args);
    expect(computedHash).toBe(page?.['code_hash']);
    const [moved, back] = of('post_message');
    expect(moved).toMatchObject({ bots: 'settled', replies: fromBot({}) });
    expect(back).toMatchObject({ you: { slot_id: 's1' } });
    expect(of('dm_bot')).toMatchObject([{ bots: 'settled', replies: fromBot({ to_slot: 's1' }) }]);
    expect(of('join_channel').map(({ slot_id }) => slot_id)).toEqual(['s1', 's1', 's1', 's1']);
    const [{ channels } = { channels: [] }] = of('list_channels');
    expect(channels).toHaveLength(2);
    for (const { next_calls } of channels) {
      for (const next of next_calls) await callOf(you)(next.tool, next.arguments);
    }
  });

  it('of doc://messages work in their order, and entries and errors look as shown', async () => {
    await using server = await startTestServer();
    await using you = await connect('MCP', server.url, 'You');
    const call = callOf(you);
    const { channel_id, invites } = await you.call('create_channel', GAME);
    const reader = new Reader(you, invites);
    await reader.make({ name: 'join_channel', args: '{"invite_code": "inv_…"}' });
    const { msg_id } = await you.call('post_message', { channel_id, body: 'long '.repeat(3_000) });
    reader.cursor = msg_id - 1;

    for (const shown of callsIn(MESSAGES)) await reader.make(shown);

    const [, part, ...posts] = reader.answers.map(({ answer }) => answer);
    expect(part?.['messages']).toMatchObject([{ id: msg_id, truncated: { offset: expect.any(Number) } }]);
    const [, once, again] = posts;
    expect(again).toMatchObject({ msg_id: once?.['msg_id'], ts: once?.['ts'] });

    const { messages } = await call('sync_messages', { channel_id, cursor: once?.['msg_id'] - 1, limit: 1 });
    const shown = JSON.parse(shownJson(MESSAGES, 'entry'));
    expect(Object.keys(messages[0])).toEqual(Object.keys(shown));
    expect(messages[0]).toMatchObject({
      sender: shown.sender,
      kind: shown.kind,
      sender_kind: shown.sender_kind,
    });

    const { error } = JSON.parse(shownJson(MESSAGES, 'error'));
    const stranger = `chn_${'a'.repeat(16)}`;
    const problem = await call('get_channel_info', { channel_id: stranger }).catch(
      (failed: unknown) => failed,
    );
    expect(problem).toMatchObject({ code: error.code, details: { next_call: error.next_call } });
  });
});
