import type { IdentityRecord, RecordStore } from '../../control-plane/src/identity/records.ts';
import { canonicalJson } from '../../control-plane/src/kernel/json/canonical.ts';

/** Records in memory, for tests of what stands on the port. */
export class MemoryRecords implements RecordStore {
  readonly #records = new Map<string, IdentityRecord>();

  /** Everything that is stored, as text: what a thief of the store would read. */
  dump(): string {
    return JSON.stringify([...this.#records.values()]);
  }

  count(kind: string): number {
    return [...this.#records.values()].filter((record) => record.kind === kind).length;
  }

  async insert(record: IdentityRecord, now: number): Promise<boolean> {
    if (this.#live(record.kind, record.key, now)) return false;
    this.#put(record);
    return true;
  }

  async get(kind: string, key: string, now: number): Promise<IdentityRecord | undefined> {
    return this.#live(kind, key, now);
  }

  async take(kind: string, key: string, now: number): Promise<IdentityRecord | undefined> {
    const record = this.#live(kind, key, now);
    this.#records.delete(id(kind, key));
    return record;
  }

  async replace(expected: IdentityRecord, next: IdentityRecord): Promise<boolean> {
    const stored = this.#records.get(id(expected.kind, expected.key));
    if (!stored || canonicalJson(stored.value) !== canonicalJson(expected.value)) return false;
    this.#put(next);
    return true;
  }

  async listByOwner(kind: string, owner: string, now: number): Promise<readonly IdentityRecord[]> {
    return [...this.#records.values()].filter(
      (record) => record.kind === kind && record.owner === owner && !hasExpired(record, now),
    );
  }

  async removeByOwner(kind: string, owner: string): Promise<number> {
    return this.#removeIf((record) => record.kind === kind && record.owner === owner);
  }

  async sweep(now: number, limit: number): Promise<number> {
    let left = limit;
    return this.#removeIf((record) => hasExpired(record, now) && left-- > 0);
  }

  /** Through its text, as a real store does it: what JSON cannot carry fails here too. */
  #put(record: IdentityRecord): void {
    const value = JSON.parse(canonicalJson(record.value));
    this.#records.set(id(record.kind, record.key), { ...record, value });
  }

  #live(kind: string, key: string, now: number): IdentityRecord | undefined {
    const record = this.#records.get(id(kind, key));
    return record && !hasExpired(record, now) ? record : undefined;
  }

  #removeIf(condition: (record: IdentityRecord) => boolean): number {
    const before = this.#records.size;
    for (const [key, record] of this.#records) if (condition(record)) this.#records.delete(key);
    return before - this.#records.size;
  }
}

function id(kind: string, key: string): string {
  return JSON.stringify([kind, key]);
}

function hasExpired(record: IdentityRecord, now: number): boolean {
  return record.expiresAt !== undefined && record.expiresAt <= now;
}
