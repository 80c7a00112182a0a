import { type Command, given, SEAT, seatFields } from '../command.ts';
import { renderView } from '../render.ts';
import { printable } from '../text.ts';

export const who: Command = {
  name: 'who',
  summary: 'show who sits where, and which bots referee',
  args: ['channel'],
  options: SEAT,
  example: 'who chn_…',
  async *run(account, input) {
    const [channel_id = ''] = input.args;
    const seat = await seatFields(account, input, channel_id);
    const answer = await account.call('get_channel_info', { channel_id, ...seat });
    const you = answer.you ? [`You are ${answer.you.slot_id} (${printable(answer.you.label)}).`] : [];
    yield { answer, text: [renderView(answer.view, answer.bots), ...you].join('\n') };
  },
};

export const list: Command = {
  name: 'list',
  summary: 'list your channels, or those that everyone may find',
  args: [],
  options: {
    listed: { type: 'boolean', help: 'those that everyone may find' },
    limit: { type: 'string', value: 'count', help: 'at most so many (default 20)' },
    cursor: { type: 'string', value: 'cursor', help: 'go on after an earlier list' },
  },
  example: 'list',
  async *run(account, input) {
    const answer = await account.call('list_channels', {
      filter: input.flag('listed') ? 'listed' : 'mine',
      ...given({ limit: input.count('limit'), cursor: input.text('cursor') }),
    });
    const lines = answer.channels.map((channel) => {
      const seats = channel.your_seats.length > 0 ? `, you: ${channel.your_seats.join(' ')}` : '';
      const closed = channel.closed ? ', closed' : '';
      const bots = channel.bots.length > 0 ? `, ${channel.bots.map(printable).join(' ')}` : '';
      return `${channel.channel_id}  ${printable(channel.name)}  (${channel.message_count} messages${seats}${bots}${closed})`;
    });
    const more = answer.next_cursor === null ? [] : [`go on with --cursor ${answer.next_cursor}`];
    yield { answer, text: [...(lines.length > 0 ? lines : ['No channels.']), ...more].join('\n') };
  },
};
