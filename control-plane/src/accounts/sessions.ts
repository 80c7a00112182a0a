import type { RecordStore } from '../identity/records.ts';
import { looksLikeSecret, newSecret, secretKey } from '../identity/secrets.ts';
import { Table } from '../identity/table.ts';
import type { Clock } from '../kernel/clock.ts';

type StoredSession = { readonly account: string };

/** How long a browser stays signed in, ms. It is needed for consent and the account page alone. */
export const SESSION_MS = 14 * 24 * 3_600_000;

/** Browsers in which somebody is signed in; each by a secret of its own, stored hashed. */
export class Sessions {
  readonly #table: Table<StoredSession>;
  readonly #clock: Clock;
  constructor(records: RecordStore, clock: Clock) {
    this.#table = new Table(records, clock, 'session');
    this.#clock = clock;
  }

  /** @returns the secret for the browser's cookie: always a new one, so none can be planted beforehand */
  async open(account: string): Promise<string> {
    const secret = newSecret('session');
    const expiresAt = this.#clock.now() + SESSION_MS;
    await this.#table.insert(secretKey(secret), { account }, { owner: account, expiresAt });
    return secret;
  }

  async accountOf(secret: string): Promise<string | undefined> {
    if (!looksLikeSecret('session', secret)) return undefined;
    return (await this.#table.get(secretKey(secret)))?.value.account;
  }

  async close(secret: string): Promise<void> {
    if (looksLikeSecret('session', secret)) await this.#table.take(secretKey(secret));
  }

  /** Signs an account out everywhere. */
  async closeAll(account: string): Promise<void> {
    await this.#table.removeByOwner(account);
  }
}
