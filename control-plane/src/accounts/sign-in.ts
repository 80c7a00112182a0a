import { sameSecret } from '../identity/secrets.ts';
import { hmacHex } from '../kernel/hash.ts';
import type { AccessCodes } from './access-codes.ts';
import { type Account, type Accounts, loginOfName } from './accounts.ts';
import { atName, type Attempts, fromAddress, fromDevice, fromHere, fromSite } from './attempts.ts';
import { checkNewPassword, newName, normalName } from './names.ts';
import type { Passwords } from './passwords.ts';
import { AccountRefusal } from './refusal.ts';
import type { Sessions } from './sessions.ts';

/** Who tries, as far as the connection tells. */
export interface Visitor {
  /** The network address that attempts are counted by. */
  readonly address: string;
  /** What this browser was given when somebody signed in with it before. */
  readonly device: string | undefined;
}

/** What a browser is given that has signed in: two values for its cookies. */
export interface SignedIn {
  readonly session: string;
  readonly device: string;
}

export interface SignInParts {
  readonly accounts: Accounts;
  readonly codes: AccessCodes;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  /** 32 secret bytes, the same on every server of one store. */
  readonly key: Uint8Array;
}

/** Signing in and up, with a name and a password. */
export class SignIn {
  readonly #parts: SignInParts;
  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  /**
   * Signs in. Whether the name exists cannot be told from the refusal, nor from how long it takes.
   *
   * @throws {AccountRefusal} wrong_credentials, too_many_attempts, account_banned, busy
   */
  async signIn(name: string, password: string, visitor: Visitor): Promise<SignedIn> {
    const { accounts, attempts, passwords } = this.#parts;
    const normal = normalName(name) ?? '';
    // Strangers who guess, from wherever they do, cannot keep its person out of a known browser.
    const known = this.#knows(visitor.device, loginOfName(normal));
    const here = fromHere(normal, visitor.address);
    await attempts.count(known ? [fromDevice(normal)] : [...fromPlace(visitor), here, atName(normal)]);
    const account = await accounts.findByLogin(loginOfName(normal));
    const right = await passwords.verify(account?.password, password);
    if (!right || !account) throw new AccountRefusal('wrong_credentials');
    await attempts.forget(here);
    return this.admit(account);
  }

  /**
   * Makes an account with an operator's access code, and signs in to it.
   *
   * @throws {AccountRefusal} bad_access_code, bad_name, bad_password, name_taken, too_many_attempts, busy
   */
  async signUp(code: string, name: string, password: string, visitor: Visitor): Promise<SignedIn> {
    await this.#parts.attempts.count(fromPlace(visitor));
    // The code first: without one nobody learns which names are taken.
    await this.#requireCode(code);
    const normal = newName(name);
    checkNewPassword(password, normal);
    const hash = await this.#parts.passwords.hash(password);
    return this.#join(code, { name: normal, login: loginOfName(normal), password: hash });
  }

  /** Signs in somebody whom another service vouches for; undefined where they have no account here. */
  async signInElsewhere(login: string): Promise<SignedIn | undefined> {
    const account = await this.#parts.accounts.findByLogin(login);
    return account && this.admit(account);
  }

  /**
   * Makes an account for somebody whom another service vouches for.
   *
   * @param code an access code; undefined where the operator asks for none
   * @throws {AccountRefusal} bad_access_code, name_taken, too_many_attempts
   */
  async signUpElsewhere(
    person: { readonly name: string; readonly login: string },
    code: string | undefined,
    visitor: Visitor,
  ): Promise<SignedIn> {
    await this.#parts.attempts.count(fromPlace(visitor));
    if (code !== undefined) await this.#requireCode(code);
    return this.#join(code, person);
  }

  /** @throws {AccountRefusal} account_banned */
  async admit(account: Account): Promise<SignedIn> {
    if (account.banned) throw new AccountRefusal('account_banned');
    const { accounts, sessions } = this.#parts;
    const session = await sessions.open(account.id);
    // A ban or a new password that came meanwhile has ended the sessions that it saw: not this one.
    const now = await accounts.find(account.id);
    if (now && !now.banned && now.password === account.password)
      return { session, device: this.#deviceOf(account.login) };
    await sessions.close(session);
    throw new AccountRefusal(now?.banned ? 'account_banned' : 'wrong_credentials');
  }

  async #requireCode(code: string): Promise<void> {
    if (!(await this.#parts.codes.isValid(code))) throw new AccountRefusal('bad_access_code');
  }

  async #join(code: string | undefined, given: Parameters<Accounts['create']>[0]): Promise<SignedIn> {
    const { accounts, codes } = this.#parts;
    const account = await accounts.create(given);
    if (!account) throw new AccountRefusal('name_taken');
    if (code !== undefined && !(await codes.spend(code))) {
      await accounts.remove(account.id);
      throw new AccountRefusal('bad_access_code');
    }
    return this.admit(account);
  }

  /** By the login: what people are called elsewhere may be somebody's name here. */
  #deviceOf(login: string): string {
    return hmacHex(this.#parts.key, 'device', login);
  }

  #knows(device: string | undefined, login: string): boolean {
    return sameSecret(device ?? '', this.#deviceOf(login));
  }
}

const fromPlace = ({ address }: Visitor) => [fromAddress(address), ...fromSite(address)];
