import type { RecordStore } from '../identity/records.ts';
import { Table } from '../identity/table.ts';
import type { Clock } from '../kernel/clock.ts';
import { sha256Hex } from '../kernel/hash.ts';
import { AccountRefusal } from './refusal.ts';

type StoredCount = { readonly count: number };

/** How often something may be tried within a time. */
export interface AttemptLimit {
  readonly scope: string;
  readonly of: string;
  readonly most: number;
  /** ms. */
  readonly within: number;
}

const MINUTE = 60_000;

/** A person who guesses at one name from one place. */
export const fromHere = (name: string, address: string): AttemptLimit => ({
  scope: 'here',
  of: `${address} ${name}`,
  most: 10,
  within: 15 * MINUTE,
});

/** One place that guesses at many names; an office may share it. */
export const fromAddress = (address: string): AttemptLimit => ({
  scope: 'address',
  of: address,
  most: 100,
  within: 15 * MINUTE,
});

/** One holder of many networks of version 6: whoever asks for a /48 gets it, with 65,536 of them. */
export function fromSite(address: string): readonly AttemptLimit[] {
  const site = /^([0-9a-f]+:[0-9a-f]+:[0-9a-f]+):/.exec(address)?.[1];
  return site === undefined ? [] : [{ scope: 'site', of: site, most: 1_000, within: 15 * MINUTE }];
}

/**
 * A browser in which this person has signed in before; whoever else tries from the same place does not count.
 * Those that were right do: each costs as much.
 */
export const fromDevice = (name: string): AttemptLimit => ({
  scope: 'device',
  of: name,
  most: 20,
  within: 15 * MINUTE,
});

/** One name that many places guess at. */
export const atName = (name: string): AttemptLimit => ({
  scope: 'name',
  of: name,
  most: 50,
  within: 60 * MINUTE,
});

/** Whoever sits at a browser that somebody left signed in, and guesses at the password. */
export const atPassword = (account: string): AttemptLimit => ({
  scope: 'password',
  of: account,
  most: 10,
  within: 15 * MINUTE,
});

/** Counts attempts in the store, so that a guesser gains nothing by a restart or another server. */
export class Attempts {
  readonly #table: Table<StoredCount>;
  readonly #clock: Clock;
  constructor(records: RecordStore, clock: Clock) {
    this.#table = new Table(records, clock, 'attempts');
    this.#clock = clock;
  }

  /**
   * Counts one attempt before it is made, since those that run at once must not all look first.
   *
   * @throws {AccountRefusal} too_many_attempts
   */
  async count(limits: readonly AttemptLimit[]): Promise<void> {
    for (const limit of limits) {
      const until = await this.#add(limit);
      if (until === undefined) continue;
      throw new AccountRefusal('too_many_attempts', Math.ceil((until - this.#clock.now()) / 1_000));
    }
  }

  /** Forgets the attempts of somebody who has shown that they were honest. */
  async forget(limit: AttemptLimit): Promise<void> {
    await this.#table.take(keyOf(limit));
  }

  /** @returns until when (ms since the epoch) no more are let in, where that is so */
  async #add(limit: AttemptLimit): Promise<number | undefined> {
    const key = keyOf(limit);
    const row = await this.#table.get(key);
    if (!row) {
      const expiresAt = this.#clock.now() + limit.within;
      return (await this.#table.insert(key, { count: 1 }, { expiresAt })) ? undefined : this.#add(limit);
    }
    const { expiresAt = this.#clock.now() } = row;
    if (row.value.count >= limit.most) return expiresAt;
    const counted = await this.#table.replace(row, { count: row.value.count + 1 });
    return counted ? undefined : this.#add(limit);
  }
}

function keyOf({ scope, of }: AttemptLimit): string {
  return sha256Hex(`${scope}:${of}`);
}
