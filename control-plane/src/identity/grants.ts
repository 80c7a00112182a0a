import type { Clock } from '../kernel/clock.ts';
import { LIFETIME } from './lifetimes.ts';
import type { RecordStore } from './records.ts';
import { looksLikeSecret, newSecret, secretKey } from './secrets.ts';
import { Table } from './table.ts';

/** What somebody allowed a client to do: one run through the authorization endpoint. */
export type Grant = {
  readonly account: string;
  readonly client_id: string;
  readonly scopes: readonly string[];
  /** The resource indicator of the request (RFC 8707). */
  readonly resource?: string;
  /** What the person was shown of the client when they agreed; absent where nobody was asked. */
  readonly agreed?: Agreed;
};

/** A client as a person saw it when they agreed. */
export type Agreed = {
  readonly client_name: string;
  /** Where its answers go. */
  readonly destination: string;
  /** ms since the epoch. */
  readonly at: number;
};

/** What the token request has to repeat or prove (RFC 6749 section 4.1.3, RFC 7636 section 4.5). */
export type CodeTerms = {
  readonly grant: Grant;
  /** S256. */
  readonly challenge: string;
  /** Absent when the authorization request named none. */
  readonly redirect_uri?: string;
};

/** Grants and the codes that they start from. The id of a grant follows from its code and is never shown. */
export class Grants {
  readonly #grants: Table<Grant>;
  readonly #codes: Table<CodeTerms>;
  readonly #clock: Clock;
  constructor(records: RecordStore, clock: Clock) {
    this.#grants = new Table(records, clock, 'grant');
    this.#codes = new Table(records, clock, 'code');
    this.#clock = clock;
  }

  /** Starts a grant; the code that it returns is exchanged once. */
  async open(terms: CodeTerms): Promise<string> {
    const code = newSecret('code');
    const now = this.#clock.now();
    const { grant } = terms;
    await this.#grants.insert(grantIdOf(code), grant, {
      owner: grant.account,
      expiresAt: now + LIFETIME.unusedGrant,
    });
    await this.#codes.insert(secretKey(code), terms, { expiresAt: now + LIFETIME.code });
    return code;
  }

  /** The terms of a code that was not exchanged yet. */
  async termsOf(code: string): Promise<CodeTerms | undefined> {
    return looksLikeSecret('code', code) ? (await this.#codes.get(secretKey(code)))?.value : undefined;
  }

  /** Spends a code; false when it was spent before. */
  async spend(code: string): Promise<boolean> {
    return (await this.#codes.take(secretKey(code))) !== undefined;
  }

  async find(grantId: string): Promise<Grant | undefined> {
    return (await this.#grants.get(grantId))?.value;
  }

  /** The grants of an account, by id. */
  async listOf(account: string): Promise<readonly (Grant & { readonly id: string })[]> {
    const rows = await this.#grants.listByOwner(account);
    return rows.map(({ key, value }) => ({ ...value, id: key }));
  }

  /** Keeps a grant for as long as a refresh token that starts now; false when it was ended. */
  async prolong(grantId: string): Promise<boolean> {
    const row = await this.#grants.get(grantId);
    if (!row) return false;
    const expiresAt = this.#clock.now() + LIFETIME.refresh;
    return this.#grants.replace(row, row.value, { owner: row.value.account, expiresAt });
  }

  /** Ends a grant, so that nothing can be issued from it any more; false when it had ended. */
  async end(grantId: string): Promise<boolean> {
    return (await this.#grants.take(grantId)) !== undefined;
  }
}

/** The grant that a code starts. */
export function grantIdOf(code: string): string {
  return `grant_${secretKey(`grant:${code}`).slice(0, 32)}`;
}
