import type { Clock } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/json/value.ts';
import type { IdentityRecord, RecordStore } from './records.ts';

/** A record whose value has a known type. */
export interface Row<T extends JsonObject> extends IdentityRecord {
  readonly value: T;
}

export interface RowOptions {
  readonly owner?: string;
  /** ms since the epoch; absent for what stays. */
  readonly expiresAt?: number;
}

/** The records of one kind, typed. Only this module writes that kind, so what it reads has its type. */
export class Table<T extends JsonObject> {
  readonly #records: RecordStore;
  readonly #clock: Clock;
  readonly #kind: string;
  constructor(records: RecordStore, clock: Clock, kind: string) {
    this.#records = records;
    this.#clock = clock;
    this.#kind = kind;
  }

  /** False when the key is taken. */
  insert(key: string, value: T, options: RowOptions): Promise<boolean> {
    return this.#records.insert({ kind: this.#kind, key, value, ...options }, this.#clock.now());
  }

  async get(key: string): Promise<Row<T> | undefined> {
    return (await this.#records.get(this.#kind, key, this.#clock.now())) as Row<T> | undefined;
  }

  /** Removes and returns: of two callers at once, one gets the row. */
  async take(key: string): Promise<Row<T> | undefined> {
    return (await this.#records.take(this.#kind, key, this.#clock.now())) as Row<T> | undefined;
  }

  /** Keeps owner and expiry, unless told others. False when the row was changed or removed since it was read. */
  replace(row: Row<T>, value: T, options?: RowOptions): Promise<boolean> {
    const next = options ? { kind: row.kind, key: row.key, ...options } : row;
    return this.#records.replace(row, { ...next, value });
  }

  async listByOwner(owner: string): Promise<readonly Row<T>[]> {
    return (await this.#records.listByOwner(this.#kind, owner, this.#clock.now())) as readonly Row<T>[];
  }

  removeByOwner(owner: string): Promise<number> {
    return this.#records.removeByOwner(this.#kind, owner);
  }
}
