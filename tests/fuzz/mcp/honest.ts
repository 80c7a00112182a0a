import { authorize } from '../../../clients/typescript/client/oauth.ts';
import { isRecord } from '../../../clients/typescript/client/problem.ts';
import { Session } from '../../../clients/typescript/client/session.ts';
import type { Message } from '../../../clients/typescript/client/tools.ts';

/** Posts in a channel of its own and reads everything back: a server that is fuzzed serves others exactly. */
export class HonestPlayer {
  readonly #session: Session;
  readonly #seat: { readonly channel_id: string; readonly seat: string };
  readonly #posted: string[] = [];

  private constructor(session: Session, seat: { channel_id: string; seat: string }) {
    this.#session = session;
    this.#seat = seat;
  }

  static async join(url: string): Promise<HonestPlayer> {
    const session = await Session.connect(url, await authorize(url, 'Honest'), 'Honest');
    const { invites } = await session.call('create_channel', { name: 'Honest', slots: ['invite:a'] });
    const { channel_id, rejoin_token: seat } = await session.call('join_channel', {
      invite_code: invites[0] ?? '',
    });
    return new HonestPlayer(session, { channel_id, seat });
  }

  async post(): Promise<void> {
    const body = `post ${this.#posted.length}`;
    await this.#session.call('post_message', { ...this.#seat, body });
    this.#posted.push(body);
  }

  /** What was posted, and what is there of it. */
  async compare(): Promise<{ posted: readonly string[]; found: readonly string[] }> {
    const found: string[] = [];
    for (let cursor = 0, more = true; more; ) {
      const page = await this.#session.call('sync_messages', {
        ...this.#seat,
        cursor,
        timeout_ms: 0,
        limit: 500,
        max_tokens: 20_000,
      });
      found.push(...page.messages.filter(({ sender_kind }) => sender_kind === 'member').map(textOf));
      cursor = page.cursor;
      more = page.has_more;
    }
    return { posted: this.#posted, found };
  }
}

function textOf({ body }: Message): string {
  return isRecord(body) && typeof body['text'] === 'string' ? body['text'] : JSON.stringify(body);
}
