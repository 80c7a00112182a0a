import { authorize } from '../client/oauth.ts';
import { Session } from '../client/session.ts';
import type { Answer, Message } from '../client/tools.ts';
import { check } from './check.ts';
import { numberOf, ofType, single, textOf } from './log.ts';

/** One side of the game: a client with an account and a connection of its own, and what it has read. */
export class Player implements AsyncDisposable {
  readonly name: string;
  readonly session: Session;
  /** Everything that this player has read of the channel, oldest first. */
  readonly log: Message[] = [];
  #seat: Answer<'join_channel'> | undefined;
  #cursor: number | undefined;

  private constructor(name: string, session: Session) {
    this.name = name;
    this.session = session;
  }

  /** Gets a token by the whole authorization-code flow, and connects. @throws {Problem} */
  static async connect(baseUrl: string, name: string): Promise<Player> {
    return new Player(name, await Session.connect(baseUrl, await authorize(baseUrl, name), name));
  }

  get slotId(): string {
    return this.#taken.slot_id;
  }

  get #taken(): Answer<'join_channel'> {
    check(this.#seat !== undefined, `${this.name} has a seat.`);
    return this.#seat;
  }

  async join(inviteCode: string): Promise<void> {
    this.#seat = await this.session.call('join_channel', { invite_code: inviteCode });
  }

  /** Reads what is new, and waits for it until `enough` is content with all that was read. */
  async read(enough: (log: readonly Message[]) => boolean = () => true): Promise<void> {
    const { channel_id, rejoin_token: seat } = this.#taken;
    const deadline = Date.now() + 60_000;
    for (let caughtUp = false; !caughtUp || !enough(this.log); ) {
      check(Date.now() < deadline, `The bot answers ${this.name} within a minute.`);
      const cursor = this.#cursor === undefined ? {} : { cursor: this.#cursor };
      const timeout_ms = enough(this.log) ? 0 : 10_000;
      const answer = await this.session.call('sync_messages', { channel_id, seat, timeout_ms, ...cursor });
      this.log.push(...answer.messages);
      this.#cursor = answer.cursor;
      caughtUp = !answer.has_more;
    }
  }

  /** Guesses in the middle of what the verdicts so far leave open, and reads the verdict in the answer. */
  async guess(): Promise<{ id: number; number: number; replies: readonly Message[] }> {
    const { channel_id, rejoin_token: seat } = this.#taken;
    const { low, high } = openRange(this.log);
    const number = Math.floor((low + high) / 2);
    const answer = await this.session.call('post_message', { channel_id, seat, body: { guess: number } });
    check(answer.bots === 'settled', 'The verdict comes with the answer to the move.');
    return { id: answer.msg_id, number, replies: answer.replies };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.session[Symbol.asyncDispose]();
  }
}

/** The numbers that the range of the game and all verdicts leave. */
function openRange(log: readonly Message[]): { low: number; high: number } {
  const range = single(log, 'prompt').body['range'];
  check(Array.isArray(range), 'The bot tells the range.');
  let [low, high] = range.map(Number) as [number, number];
  for (const verdict of ofType(log, 'judge')) {
    const guess = numberOf(verdict, 'guess');
    if (textOf(verdict, 'result') === 'low') low = Math.max(low, guess + 1);
    else high = Math.min(high, guess - 1);
  }
  check(low <= high, "The bot's verdicts agree with each other.");
  return { low, high };
}
