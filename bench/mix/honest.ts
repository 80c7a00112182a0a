import { setTimeout as pause } from 'node:timers/promises';
import type { Message } from '../../clients/typescript/client/tools.ts';
import { RAW_ECHO } from '../../tests/hostile/support/raw-bot.ts';
import type { Seat } from '../channels.ts';
import type { Call } from '../edges.ts';
import type { SeededRandom } from './random.ts';

const WAIT_MS = 30_000;
const SETTLE_MS = 60_000;
const MOST_PAUSE_MS = 200;
const REPEAT = 0.05;

/** What became of one channel's posts. */
export interface HonestResult {
  readonly posts: number;
  /** Posts without exactly one reply, in their order. */
  readonly lost: number;
  /** Post to reply, where the call brought it, ms. */
  readonly times: readonly number[];
}

/**
 * Counts in a channel whose bot repeats each number, and holds the log against that in the end.
 *
 * @param random decides pauses, and which posts are sent twice under one idempotency key
 */
export async function countOn(call: Call, random: SeededRandom, until: number): Promise<HonestResult> {
  const seat = await sitDown(call);
  const times: number[] = [];
  let posts = 0;
  while (performance.now() < until) {
    const post = { ...seat, body: { n: ++posts }, idempotency_key: `n${posts}`, wait_ms: WAIT_MS };
    const start = performance.now();
    const { bots } = await call('post_message', post);
    if (bots === 'settled') times.push(performance.now() - start);
    if (random.next() < REPEAT) await call('post_message', post);
    await pause(random.below(MOST_PAUSE_MS));
  }
  const lost = await lostOf(call, seat, posts);
  await call('update_channel', { channel_id: seat.channel_id, ops: [{ type: 'close' }] });
  return { posts, lost, times };
}

async function sitDown(call: Call): Promise<Seat> {
  const slots = ['bot:Honest', 'invite:A'];
  const { invites } = await call('create_channel', { name: 'Honest', slots, bot_code: RAW_ECHO });
  const { channel_id, rejoin_token } = await call('join_channel', { invite_code: invites[0] ?? '' });
  return { channel_id, seat: rejoin_token };
}

/** Posts whose number was not answered exactly once and in order; those under way get their time. */
async function lostOf(call: Call, seat: Seat, posts: number): Promise<number> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const log = await logOf(call, seat);
    const said = numbers(log, 'member', (body) => body['n']);
    const echoed = numbers(log, 'bot', (body) => (body['echo'] as { n?: unknown } | undefined)?.n);
    if (echoed.length >= posts || performance.now() > deadline)
      return wrong(said, posts) + wrong(echoed, posts);
    await pause(500);
  }
}

function numbers(
  log: readonly Message[],
  kind: Message['sender_kind'],
  read: (body: Record<string, unknown>) => unknown,
): unknown[] {
  return log
    .filter(({ sender_kind }) => sender_kind === kind)
    .map(({ body }) => read(body as Record<string, unknown>));
}

/** How many places of 1, 2, … `count` hold something else, with what there is too much. */
function wrong(found: readonly unknown[], count: number): number {
  const length = Math.max(found.length, count);
  return Array.from({ length }, (_, at) => found[at] === at + 1 && at < count).filter((good) => !good).length;
}

async function logOf(call: Call, seat: Seat): Promise<Message[]> {
  const log: Message[] = [];
  for (let cursor = 0, more = true; more; ) {
    const answer = await call('sync_messages', {
      ...seat,
      cursor,
      timeout_ms: 0,
      limit: 500,
      max_tokens: 20_000,
    });
    log.push(...answer.messages);
    cursor = answer.cursor;
    more = answer.has_more;
  }
  return log;
}
