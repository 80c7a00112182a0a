import type { RecordStore } from '../identity/records.ts';
import { newAccountId } from '../identity/secrets.ts';
import { type Row, Table } from '../identity/table.ts';
import type { Clock } from '../kernel/clock.ts';

type StoredAccount = {
  /** What the person is called on their own pages and in an operator's lists; nobody else sees it. */
  readonly name: string;
  /** ms since the epoch. */
  readonly created_at: number;
  readonly banned: boolean;
  /** How the account is signed in to: a name of this server's, or a person elsewhere. */
  readonly login: string;
  /** A PHC string; absent for who signs in elsewhere. */
  readonly password?: string;
};

type StoredLogin = { readonly account: string };

/** A person's account. */
export type Account = StoredAccount & { readonly id: string };

const ALL = 'all';

/** The login of a name that has a password here. */
export const loginOfName = (name: string) => `name:${name}`;

/** The accounts of people, each with one login that nobody else has. */
export class Accounts {
  readonly #accounts: Table<StoredAccount>;
  readonly #logins: Table<StoredLogin>;
  readonly #clock: Clock;
  constructor(records: RecordStore, clock: Clock) {
    this.#accounts = new Table(records, clock, 'account');
    this.#logins = new Table(records, clock, 'login');
    this.#clock = clock;
  }

  /** Makes an account; undefined where the login is somebody's. */
  async create(given: Pick<StoredAccount, 'name' | 'login' | 'password'>): Promise<Account | undefined> {
    const id = newAccountId();
    const stored: StoredAccount = { ...given, created_at: this.#clock.now(), banned: false };
    // The account first: a login that leads nowhere would keep its name from everybody.
    await this.#accounts.insert(id, stored, { owner: ALL });
    if (await this.#logins.insert(given.login, { account: id }, { owner: id })) return { ...stored, id };
    await this.#accounts.take(id);
    return undefined;
  }

  async find(id: string): Promise<Account | undefined> {
    return accountOf(await this.#accounts.get(id));
  }

  async findByLogin(login: string): Promise<Account | undefined> {
    const row = await this.#logins.get(login);
    return row && this.find(row.value.account);
  }

  /** True for an account that is there and not banned. */
  async isActive(id: string): Promise<boolean> {
    const account = await this.find(id);
    return account !== undefined && !account.banned;
  }

  /** Changes an account; false where there is none. */
  async change(id: string, to: Partial<Pick<StoredAccount, 'banned' | 'password'>>): Promise<boolean> {
    const row = await this.#accounts.get(id);
    if (!row) return false;
    if (await this.#accounts.replace(row, { ...row.value, ...to })) return true;
    return this.change(id, to);
  }

  /** Removes the account and its login; the name is free again. */
  async remove(id: string): Promise<boolean> {
    await this.#logins.removeByOwner(id);
    return (await this.#accounts.take(id)) !== undefined;
  }

  /** All of them, oldest first. */
  async list(): Promise<readonly Account[]> {
    const rows = await this.#accounts.listByOwner(ALL);
    return rows.flatMap((row) => accountOf(row) ?? []).toSorted((a, b) => a.created_at - b.created_at);
  }
}

function accountOf(row: Row<StoredAccount> | undefined): Account | undefined {
  return row && { ...row.value, id: row.key };
}
