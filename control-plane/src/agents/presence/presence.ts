import type { RecordStore } from '../../identity/records.ts';
import { Table } from '../../identity/table.ts';
import type { Clock } from '../../kernel/clock.ts';

/** active: heard of lately. idle: there, and silent for a while. offline: gone. */
export type Status = 'active' | 'idle' | 'offline';

type Heard = {
  /** ms since the epoch. */
  readonly at: number;
  /** True once it has said that it goes. */
  readonly gone: boolean;
};

/** Without a sign for this long an agent is idle, then offline, ms. Heartbeats come every 30 s. */
export const IDLE_AFTER_MS = 45_000;
export const OFFLINE_AFTER_MS = 5 * 60_000;
/** A sign is written down once in this time, ms: agents make many. */
const WRITE_EVERY_MS = 10_000;
/** Presence that was read counts for this long, ms. */
const FRESH_MS = 1_000;
const ALL = 'all';

/** Who is there, by the signs of life that any server has seen. Kept in the store: right after a crash too. */
export class Presence {
  readonly #table: Table<Heard>;
  readonly #clock: Clock;
  readonly #written = new Map<string, number>();
  #read: { readonly at: number; readonly heard: Promise<ReadonlyMap<string, Heard>> } | undefined;
  constructor(records: RecordStore, clock: Clock) {
    this.#table = new Table(records, clock, 'presence');
    this.#clock = clock;
  }

  /** An agent has given a sign of life. @param key its inbox */
  async heard(key: string): Promise<void> {
    const now = this.#clock.now();
    const before = this.#written.get(key);
    if (before !== undefined && now - before < WRITE_EVERY_MS) return;
    this.#written.set(key, now);
    await this.#put(key, { at: now, gone: false });
  }

  /** An agent has said that it goes, or its connection has ended. */
  async left(key: string): Promise<void> {
    this.#written.delete(key);
    await this.#put(key, { at: this.#clock.now(), gone: true });
  }

  /** Presence of all agents at this moment, give or take a second. */
  async look(): Promise<(key: string) => { readonly status: Status; readonly at: number | undefined }> {
    const now = this.#clock.now();
    if (!this.#read || now - this.#read.at >= FRESH_MS) this.#read = { at: now, heard: this.#list() };
    const heard = await this.#read.heard;
    return (key) => {
      const sign = heard.get(key);
      return { status: statusOf(sign, now), at: sign?.at };
    };
  }

  async #list(): Promise<ReadonlyMap<string, Heard>> {
    const rows = await this.#table.listByOwner(ALL);
    return new Map(rows.map(({ key, value }) => [key, value]));
  }

  async #put(key: string, value: Heard): Promise<void> {
    this.#read = undefined;
    const options = { owner: ALL, expiresAt: value.at + OFFLINE_AFTER_MS };
    if (await this.#table.insert(key, value, options)) return;
    const row = await this.#table.get(key);
    // Of two signs at once the later one counts; the other was as good a sign.
    if (row && row.value.at <= value.at) await this.#table.replace(row, value, options);
  }
}

function statusOf(sign: Heard | undefined, now: number): Status {
  if (!sign || sign.gone || now - sign.at > OFFLINE_AFTER_MS) return 'offline';
  return now - sign.at > IDLE_AFTER_MS ? 'idle' : 'active';
}
