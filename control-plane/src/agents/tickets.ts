import type { RecordStore } from '../identity/records.ts';
import { looksLikeSecret, newSecret, secretKey } from '../identity/secrets.ts';
import { Table } from '../identity/table.ts';
import type { Clock } from '../kernel/clock.ts';

/** How long a ticket may be used, ms. */
export const TICKET_MS = 60_000;

type Ticket = {
  readonly agent_id: string;
  /** Hash of the token that it was made with: when that ends, so does the connection. */
  readonly token_key: string;
};

/** What stands for a token once, where a browser can send no header. Stored by their hashes. */
export class Tickets {
  readonly #table: Table<Ticket>;
  readonly #clock: Clock;
  constructor(records: RecordStore, clock: Clock) {
    this.#table = new Table(records, clock, 'ticket');
    this.#clock = clock;
  }

  async issue(ticket: Ticket): Promise<string> {
    const secret = newSecret('ticket');
    const expiresAt = this.#clock.now() + TICKET_MS;
    await this.#table.insert(secretKey(secret), ticket, { expiresAt });
    return secret;
  }

  /** Of two who come with one ticket, one gets in. */
  async spend(secret: string): Promise<Ticket | undefined> {
    if (!looksLikeSecret('ticket', secret)) return undefined;
    return (await this.#table.take(secretKey(secret)))?.value;
  }
}
