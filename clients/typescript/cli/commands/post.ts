import { type Command, given, IDEMPOTENCY, jsonObject, keyField, SEAT, seatFields } from '../command.ts';
import { renderPosted } from '../render.ts';

const SAYING = {
  body: { type: 'boolean', help: 'the text is a JSON object and is posted as one' },
  wait: { type: 'string', value: 'ms', help: "wait this long for the bots' replies (default 8000)" },
  ...SEAT,
  ...IDEMPOTENCY,
} as const;

export const post: Command = {
  name: 'post',
  summary: "post to everyone in a channel, and print the bots' replies",
  args: ['channel', 'text'],
  options: SAYING,
  example: "post chn_… 'guess 50'",
  async *run(account, input) {
    const [channel_id = '', text = ''] = input.args;
    const answer = await account.call('post_message', {
      channel_id,
      body: input.flag('body') ? jsonObject(text, '<text>') : text,
      ...given({ wait_ms: input.count('wait') }),
      ...(await seatFields(account, input, channel_id)),
      ...keyField(input),
    });
    yield { answer, text: renderPosted(answer) };
  },
};

export const dm: Command = {
  name: 'dm',
  summary: 'tell a bot something in private, and print its reply',
  args: ['channel', 'bot', 'text'],
  options: SAYING,
  example: "dm chn_… bot_GuessBot_0 '!status'",
  async *run(account, input) {
    const [channel_id = '', bot_id = '', text = ''] = input.args;
    const answer = await account.call('dm_bot', {
      channel_id,
      bot_id,
      message: input.flag('body') ? jsonObject(text, '<text>') : text,
      ...given({ wait_ms: input.count('wait') }),
      ...(await seatFields(account, input, channel_id)),
      ...keyField(input),
    });
    yield { answer, text: renderPosted(answer) };
  },
};
