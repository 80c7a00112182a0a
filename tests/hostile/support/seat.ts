import type { Arguments, Message } from '../../../clients/typescript/client/tools.ts';
import type { Client } from '../../e2e/support/edges.ts';

const WAIT_MS = 30_000;

/** One player's seat in a channel of one's own with one bot. */
export interface Seat {
  readonly channel_id: string;
  /** Posts, waits for the bot, and answers what it or the server said to that. */
  post(body: string | Record<string, unknown>): Promise<readonly Message[]>;
  /** Every message so far. */
  log(): Promise<readonly Message[]>;
  update(...ops: Arguments<'update_channel'>['ops']): Promise<void>;
  /** Closes the channel, and with it the bot's container. */
  close(): Promise<void>;
}

/** The bot of a channel, as create_channel takes it. */
export type Bot = Partial<Omit<Arguments<'create_channel'>, 'name' | 'slots'>>;

/** Creates a channel with a bot and sits down; on_init and on_join have run. */
export async function openSeat(client: Client, bot: Bot): Promise<Seat> {
  const slots = ['bot:Bot', 'invite:A'];
  const { channel_id, invites } = await client.call('create_channel', { name: 'Row', slots, ...bot });
  await client.call('join_channel', { invite_code: invites[0] ?? '' });
  return seatIn(client, channel_id);
}

/** The seat that this client's account holds in a channel. */
export function seatIn(client: Client, channel_id: string): Seat {
  const update: Seat['update'] = async (...ops) => {
    await client.call('update_channel', { channel_id, ops });
  };
  return {
    channel_id,
    update,
    close: () => update({ type: 'close' }),
    async post(body) {
      const answer = await client.call('post_message', { channel_id, body, wait_ms: WAIT_MS });
      return answer.replies;
    },
    async log() {
      const messages: Message[] = [];
      for (let cursor = 0, more = true; more; ) {
        const args = { channel_id, cursor, timeout_ms: 0, max_tokens: 20_000 };
        const answer = await client.call('sync_messages', args);
        messages.push(...answer.messages);
        cursor = answer.cursor;
        more = answer.has_more;
      }
      return messages;
    },
  };
}
