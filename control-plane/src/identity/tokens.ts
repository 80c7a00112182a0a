import type { Clock } from '../kernel/clock.ts';
import { LIFETIME, REUSE_GRACE } from './lifetimes.ts';
import type { RecordStore } from './records.ts';
import { looksLikeSecret, newSecret, secretKey } from './secrets.ts';
import { type Row, Table } from './table.ts';

/** What an access token stands for. */
export type Access = {
  readonly account: string;
  readonly client_id: string;
  readonly scopes: readonly string[];
  readonly resource?: string;
};

/** What a refresh token stands for. A spent one is kept, so that its reuse is noticed. */
export type Refresh = {
  readonly grant: string;
  readonly client_id: string;
  /** ms since the epoch. */
  readonly spent_at?: number;
};

/** Access and refresh tokens, stored by their hashes. Owner is the grant, or the client without one. */
export class Tokens {
  readonly #access: Table<Access>;
  readonly #refresh: Table<Refresh>;
  readonly #clock: Clock;
  constructor(records: RecordStore, clock: Clock) {
    this.#access = new Table(records, clock, 'access');
    this.#refresh = new Table(records, clock, 'refresh');
    this.#clock = clock;
  }

  async issueAccess(access: Access, owner: string): Promise<string> {
    const token = newSecret('access');
    await this.#access.insert(secretKey(token), access, {
      owner,
      expiresAt: this.#clock.now() + LIFETIME.access,
    });
    return token;
  }

  async issueRefresh(refresh: Refresh): Promise<string> {
    const token = newSecret('refresh');
    const expiresAt = this.#clock.now() + LIFETIME.refresh;
    await this.#refresh.insert(secretKey(token), refresh, { owner: refresh.grant, expiresAt });
    return token;
  }

  /** @param key hash of the token */
  findAccess(key: string): Promise<Row<Access> | undefined> {
    return this.#access.get(key);
  }

  async findRefresh(token: string): Promise<Row<Refresh> | undefined> {
    return looksLikeSecret('refresh', token) ? this.#refresh.get(secretKey(token)) : undefined;
  }

  /**
   * Spends a refresh token. `reused` when it was spent longer ago than the grace in which a client may ask
   * again: then somebody else may hold it (OAuth 2.1 section 4.3.1).
   */
  async spendRefresh(token: string): Promise<'spent' | 'reused' | 'gone'> {
    const row = await this.findRefresh(token);
    if (!row) return 'gone';
    const now = this.#clock.now();
    const spentAt = row.value.spent_at;
    if (spentAt !== undefined) return now - spentAt <= REUSE_GRACE ? 'spent' : 'reused';
    // Lost to a twin of this request, which is the grace's case too, or to a revocation: look again.
    const spent = await this.#refresh.replace(row, { ...row.value, spent_at: now });
    return spent ? 'spent' : this.spendRefresh(token);
  }

  async removeAccess(token: string): Promise<void> {
    await this.#access.take(secretKey(token));
  }

  /** Removes every token of a grant. */
  async removeFamily(grantId: string): Promise<void> {
    await Promise.all([this.#access.removeByOwner(grantId), this.#refresh.removeByOwner(grantId)]);
  }
}
