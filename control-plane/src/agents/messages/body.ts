import type { Entry } from '../../log/commit.ts';
import type { Json } from '../../kernel/json/value.ts';

/** What the entry of a message holds. Only `send` writes them. */
export type MessageBody = {
  readonly message: Json;
  /** Inbox of who sent it. */
  readonly sender: string;
  /** Whom it is for, by name. */
  readonly to: string;
  /** In an inbox: the newest broadcast at that time, which comes before this message. */
  readonly after?: number;
  /** ms since the epoch. */
  readonly expires_at?: number;
};

export function readBody({ body }: Pick<Entry, 'body'>): MessageBody {
  return body as MessageBody;
}
