import type { Identity } from '../identity/identity.ts';
import type { Accounts } from './accounts.ts';
import { type Attempts, atPassword } from './attempts.ts';
import { checkNewPassword } from './names.ts';
import type { Passwords } from './passwords.ts';
import { AccountRefusal } from './refusal.ts';
import type { Sessions } from './sessions.ts';

export interface OwnAccountParts {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  readonly identity: Pick<Identity, 'endAccount'>;
}

/** What a signed-in person, or an operator in their place, does to an account as a whole. */
export class AccountCare {
  readonly #parts: OwnAccountParts;
  constructor(parts: OwnAccountParts) {
    this.#parts = parts;
  }

  /**
   * Changes a password and signs all browsers out.
   *
   * @throws {AccountRefusal} no_password, wrong_credentials, bad_password, too_many_attempts, busy
   */
  async changePassword(id: string, current: string, next: string): Promise<void> {
    const { accounts, attempts, passwords } = this.#parts;
    const account = await accounts.find(id);
    if (account?.password === undefined) throw new AccountRefusal('no_password');
    await attempts.count([atPassword(id)]);
    if (!(await passwords.verify(account.password, current))) throw new AccountRefusal('wrong_credentials');
    await attempts.forget(atPassword(id));
    await this.setPassword(id, next);
  }

  /** Sets a password and signs all browsers out. @throws {AccountRefusal} no_password, bad_password, busy */
  async setPassword(id: string, next: string): Promise<void> {
    const { accounts, passwords, sessions } = this.#parts;
    const account = await accounts.find(id);
    if (account?.password === undefined) throw new AccountRefusal('no_password');
    checkNewPassword(next, account.name);
    await accounts.change(id, { password: await passwords.hash(next) });
    await sessions.closeAll(id);
  }

  /** Keeps an account out: its browsers, clients and tokens end. False where there is none. */
  async ban(id: string): Promise<boolean> {
    if (!(await this.#parts.accounts.change(id, { banned: true }))) return false;
    await this.#endAll(id);
    return true;
  }

  /** Lets a banned account sign in again; its clients have to be connected anew. */
  unban(id: string): Promise<boolean> {
    return this.#parts.accounts.change(id, { banned: false });
  }

  /** Removes an account with all that signs in as it. What it wrote in channels stays in their logs. */
  async remove(id: string): Promise<boolean> {
    const removed = await this.#parts.accounts.remove(id);
    await this.#endAll(id);
    return removed;
  }

  async #endAll(id: string): Promise<void> {
    await this.#parts.sessions.closeAll(id);
    await this.#parts.identity.endAccount(id);
  }
}
