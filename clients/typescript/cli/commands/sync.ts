import { type Command, given, SEAT, seatFields } from '../command.ts';
import { renderMessages } from '../render.ts';

export const sync: Command = {
  name: 'sync',
  summary: 'read a channel, waiting for something new when there is nothing',
  args: ['channel'],
  options: {
    cursor: { type: 'string', value: 'id', help: 'read after this message (default: from the beginning)' },
    timeout: { type: 'string', value: 'ms', help: 'wait this long for something new (default 25000)' },
    limit: { type: 'string', value: 'count', help: 'at most so many messages at once' },
    tokens: { type: 'string', value: 'count', help: 'about so much text at once (default 2000)' },
    follow: { type: 'boolean', help: 'go on until the channel is closed or this is stopped' },
    ...SEAT,
  },
  example: 'sync chn_… --cursor 12',
  async *run(account, input) {
    const [channel_id = ''] = input.args;
    const seat = await seatFields(account, input, channel_id);
    const limits = given({
      timeout_ms: input.count('timeout'),
      limit: input.count('limit'),
      max_tokens: input.count('tokens'),
    });
    let cursor = input.count('cursor');
    for (;;) {
      const answer = await account.call('sync_messages', {
        channel_id,
        ...given({ cursor }),
        ...limits,
        ...seat,
      });
      const { messages, head, has_more, view } = answer;
      cursor = answer.cursor;
      const follow = input.flag('follow') && (has_more || !view.closed);
      const more = `go on with --cursor ${cursor}${has_more ? ` (there is more, up to #${head})` : ''}`;
      const lines = [...(messages.length > 0 ? [renderMessages(messages)] : []), ...(follow ? [] : [more])];
      if (lines.length > 0) yield { answer, text: lines.join('\n') };
      if (!follow) return;
    }
  },
};
