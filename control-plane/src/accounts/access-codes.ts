import type { RecordStore } from '../identity/records.ts';
import { looksLikeSecret, newSecret, secretKey } from '../identity/secrets.ts';
import { Table } from '../identity/table.ts';
import type { Clock } from '../kernel/clock.ts';

type StoredCode = {
  /** Accounts that can still be made with it. */
  readonly uses_left: number;
  readonly note: string;
  /** ms since the epoch. */
  readonly created_at: number;
};

/** A code as an operator sees it: its id is a part of its hash, which leads to nobody's account. */
export interface AccessCode {
  readonly id: string;
  readonly usesLeft: number;
  readonly note: string;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

const ALL = 'all';
const ID_LENGTH = 12;

/** Codes with which an operator lets people make accounts; stored by their hashes. */
export class AccessCodes {
  readonly #table: Table<StoredCode>;
  readonly #clock: Clock;
  constructor(records: RecordStore, clock: Clock) {
    this.#table = new Table(records, clock, 'access_code');
    this.#clock = clock;
  }

  /** @param lifeMs for how long it works. @returns the code, which is not shown again */
  async issue(uses: number, lifeMs: number, note: string): Promise<string> {
    const code = newSecret('signUp');
    const now = this.#clock.now();
    const stored = { uses_left: uses, note, created_at: now };
    await this.#table.insert(secretKey(code), stored, { owner: ALL, expiresAt: now + lifeMs });
    return code;
  }

  async isValid(code: string): Promise<boolean> {
    if (!looksLikeSecret('signUp', code)) return false;
    return ((await this.#table.get(secretKey(code)))?.value.uses_left ?? 0) > 0;
  }

  /** Takes one use; false where none is left. */
  async spend(code: string): Promise<boolean> {
    const row = await this.#table.get(secretKey(code));
    if (!row || row.value.uses_left < 1) return false;
    const next = { ...row.value, uses_left: row.value.uses_left - 1 };
    return (await this.#table.replace(row, next)) || this.spend(code);
  }

  async list(): Promise<readonly AccessCode[]> {
    const rows = await this.#table.listByOwner(ALL);
    return rows.map(({ key, value, expiresAt = 0 }) => ({
      id: key.slice(0, ID_LENGTH),
      usesLeft: value.uses_left,
      note: value.note,
      expiresAt,
    }));
  }

  /** Ends the code of this id; false where there is none. */
  async revoke(id: string): Promise<boolean> {
    if (id.length !== ID_LENGTH) return false;
    const row = (await this.#table.listByOwner(ALL)).find(({ key }) => key.startsWith(id));
    return row !== undefined && (await this.#table.take(row.key)) !== undefined;
  }
}
