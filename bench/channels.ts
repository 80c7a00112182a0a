import type { Bench } from './bench.ts';
import type { Call } from './edges.ts';

/** A seat of a channel; who speaks is named in every call. */
export interface Seat {
  readonly channel_id: string;
  readonly seat: string;
}

/** A channel with two seats, whose entries are posted and played over REST until it is measured. */
export interface Channel {
  readonly seats: readonly [Seat, Seat];
  /** Id of the last entry known. */
  readonly head: number;
}

/** A channel without bots, holding about so many entries. */
export async function plainChannel({ calls }: Bench, entries = 0): Promise<Channel> {
  const channel = await seatTwo(calls.REST, ['invite:a', 'invite:b']);
  let head = channel.head;
  while (head < entries) {
    // At once, since the server writes together what arrives together.
    const posts = Array.from({ length: 50 }, () => say(calls.REST, channel.seats[0]));
    head = Math.max(...(await Promise.all(posts)));
  }
  return { ...channel, head };
}

/** One post of a member. @returns the entry's id */
export async function say(call: Call, seat: Seat): Promise<number> {
  return (await call('post_message', { ...seat, body: 'a word' })).msg_id;
}

/** A game of GuessBot that goes on for ever: every guess is the lowest number, out of 1,000 million. */
export class Game {
  readonly #seats: readonly [Seat, Seat];
  #turn = 0;

  private constructor(seats: readonly [Seat, Seat]) {
    this.#seats = seats;
  }

  static async start({ calls }: Bench, entries = 0): Promise<Game> {
    const bot = { bot_preset: 'GuessBot', bot_params: { min: 1, max: 1_000_000_000 } };
    const { seats } = await seatTwo(calls.REST, ['bot:ref', 'invite:a', 'invite:b'], bot);
    await waitFor(calls.REST, seats[0], 'bot:turn');
    const game = new Game(seats);
    for (let head = 0; head < entries; ) head = await game.move(calls.REST);
    return game;
  }

  /** A move with its verdict in the answer. @returns the id of the last entry of the answer */
  async move(call: Call): Promise<number> {
    const seat = this.#seats[this.#turn++ % 2 === 0 ? 0 : 1];
    const answer = await call('post_message', { ...seat, body: { guess: 1 } });
    if (answer.bots !== 'settled' || !/"judge"/.test(JSON.stringify(answer.replies))) {
      throw new Error(`A move had no verdict: ${JSON.stringify(answer).slice(0, 500)}`);
    }
    return answer.replies.at(-1)?.id ?? answer.msg_id;
  }
}

/** A channel with a seat for each invite slot, all of one account. */
export async function seatTwo(call: Call, slots: string[], bot: object = {}): Promise<Channel> {
  const made = await call('create_channel', { name: 'Bench', slots, ...bot });
  const seats: Seat[] = [];
  for (const invite_code of made.invites) {
    const { channel_id, rejoin_token: seat } = await call('join_channel', { invite_code });
    seats.push({ channel_id, seat });
  }
  const [a, b] = seats;
  if (!a || !b) throw new Error('The channel has no two seats.');
  const { head } = await call('get_channel_info', a);
  return { seats: [a, b], head };
}

/** Reads until an entry of this type has come. */
export async function waitFor(call: Call, seat: Seat, type: string): Promise<void> {
  for (let cursor = 0; ; ) {
    const answer = await call('sync_messages', { ...seat, cursor, timeout_ms: 20_000, max_tokens: 20_000 });
    if (answer.messages.length === 0) throw new Error(`No ${type} came within 20 s.`);
    if (JSON.stringify(answer.messages).includes(`"${type}"`)) return;
    cursor = answer.cursor;
  }
}
