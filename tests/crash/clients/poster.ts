import { setTimeout as pause } from 'node:timers/promises';
import { canonicalJson } from '../../../control-plane/src/kernel/json/canonical.ts';
import type { Json } from '../../../control-plane/src/kernel/json/value.ts';
import type { SeededRandom } from '../../../bench/mix/random.ts';
import type { Message } from '../../../clients/typescript/client/tools.ts';
import type { Ledger, Shown } from '../ledger.ts';
import { type Persistent, RefusedError } from './persistent.ts';

const MOST_PAUSE_MS = 600;
const WAIT_MS = 2_000;

/** A seat that somebody posts from. */
export interface Seat {
  readonly channel_id: string;
  readonly slot_id: string;
  readonly seat: string;
}

/** Posts on and on, each under a key of its own, until it is acknowledged; some go to the bot alone. */
export async function postOn(
  client: Persistent,
  { channel_id, slot_id, seat }: Seat,
  ledger: Ledger,
  random: SeededRandom,
  signal: AbortSignal,
): Promise<void> {
  for (let n = 0; !signal.aborted; n++) {
    const text = `${slot_id} says ${n}`;
    const common = {
      channel_id,
      seat,
      idempotency_key: `${slot_id}-${n}`,
      wait_ms: random.below(2) * WAIT_MS,
    };
    const privately = random.next() < 0.15;
    try {
      const answer = await (privately
        ? tellBot(client, common, text)
        : client.call('post_message', { ...common, body: text }));
      ledger.acknowledged.push({ channel_id, slot_id, text, msg_id: answer.msg_id });
      ledger.replies.push(...answer.replies.map((reply) => ({ channel_id, ...shownAs(reply) })));
      // A retry after the answer: a client that times out at the wrong moment does the same.
      if (random.next() < 0.1 && !privately) await again(client, { ...common, body: text }, answer.msg_id);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (error.code === 'BOT_NOT_FOUND' || error.code === 'BOT_SUSPENDED')
        ledger.refused.push({ channel_id, text });
      else throw error;
    }
    await pause(random.below(MOST_PAUSE_MS));
  }
}

type Common = { channel_id: string; seat: string; idempotency_key: string; wait_ms: number };

async function tellBot(client: Persistent, common: Common, text: string) {
  const { bots } = await client.call('get_channel_info', {
    channel_id: common.channel_id,
    seat: common.seat,
  });
  const bot_id = bots[0]?.bot_id ?? 'bot_none_0';
  return client.call('dm_bot', { ...common, bot_id, message: text });
}

async function again(client: Persistent, post: Common & { body: string }, msgId: number): Promise<void> {
  const { msg_id } = await client.call('post_message', post);
  if (msg_id !== msgId) throw new Error(`One key was answered with ${msgId} and ${msg_id}.`);
}

/** What of a message is held against the log. */
export function shownAs({ id, sender, kind, body }: Message): Shown {
  return { id, sender, kind, body: canonicalJson(body as Json) };
}
