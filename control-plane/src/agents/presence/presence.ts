import type { RecordStore } from '../../identity/records.ts';
import { Table } from '../../identity/table.ts';
import type { Clock } from '../../kernel/clock.ts';
import { later, OFFLINE_AFTER_MS, type Sign, type Status, statusOf } from './signs.ts';

/** A sign is written down once in this time, ms: agents make many. */
const WRITE_EVERY_MS = 15_000;
/** What all servers have written is read once in this time, ms. */
const READ_EVERY_MS = 3_000;
/** Later signs are not all written: what is kept must outlast them. */
const KEPT_MS = OFFLINE_AFTER_MS + WRITE_EVERY_MS;
const ALL = 'all';

/** Who is there at one moment, by inbox, and when they were last noticed. */
export type Presences = (inbox: string) => { readonly status: Status; readonly at: number | undefined };

/** What this server noticed of an agent itself. */
interface Noticed {
  readonly sign: Sign;
  /** True once it has gone. */
  readonly left: boolean;
  /** When that was written down, ms since the epoch. */
  readonly writtenAt: number;
}

/** Who is there, by the signs of life that any server has seen. Kept in the store: right after a crash too. */
export class Presence {
  readonly #table: Table<Sign>;
  readonly #clock: Clock;
  readonly #own = new Map<string, Noticed>();
  /** Of all servers, as it was read last. */
  #read: ReadonlyMap<string, Sign> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  constructor(records: RecordStore, clock: Clock) {
    this.#table = new Table(records, clock, 'presence');
    this.#clock = clock;
  }

  /** An agent has said something. @param inbox by which it is known here */
  heard(inbox: string): Promise<void> {
    const now = this.#clock.now();
    return this.#notice(inbox, { heard: now, seen: now });
  }

  /** An agent's line stands. */
  seen(inbox: string): Promise<void> {
    return this.#notice(inbox, { heard: this.#signOf(inbox)?.heard ?? 0, seen: this.#clock.now() });
  }

  /** An agent has said that it goes, or its line has ended. */
  async left(inbox: string): Promise<void> {
    const now = this.#clock.now();
    this.#own.set(inbox, { sign: { heard: now, seen: now }, left: true, writtenAt: 0 });
    await this.#table.take(inbox);
  }

  /** Presence of all agents; what other servers noticed as it was some seconds ago. */
  async look(): Promise<Presences> {
    const now = this.#clock.now();
    if (now - this.#readAt >= READ_EVERY_MS) {
      this.#reading ??= this.#readAll(now).finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
    }
    return (inbox) => {
      const sign = this.#signOf(inbox);
      return { status: statusOf(sign, now), at: sign?.seen };
    };
  }

  #signOf(inbox: string): Sign | undefined {
    const own = this.#own.get(inbox);
    const read = this.#read.get(inbox);
    if (!own) return read;
    if (!own.left) return later(own.sign, read);
    // What was read before it left, or was written before, is past.
    return read && read.seen > own.sign.seen ? read : undefined;
  }

  async #notice(inbox: string, sign: Sign): Promise<void> {
    const before = this.#own.get(inbox)?.writtenAt ?? 0;
    const isDue = sign.seen - before >= WRITE_EVERY_MS;
    this.#own.set(inbox, { sign, left: false, writtenAt: isDue ? sign.seen : before });
    if (!isDue) return;
    try {
      await this.#write(inbox, sign);
    } catch (error) {
      // The next sign is due then.
      const own = this.#own.get(inbox);
      if (own) this.#own.set(inbox, { ...own, writtenAt: before });
      throw error;
    }
  }

  async #write(inbox: string, sign: Sign): Promise<void> {
    const options = { owner: ALL, expiresAt: sign.seen + KEPT_MS };
    if (await this.#table.insert(inbox, sign, options)) return;
    const row = await this.#table.get(inbox);
    // Of two servers that write at once one counts: the other will write again.
    if (row) await this.#table.replace(row, later(sign, row.value), options);
  }

  async #readAll(now: number): Promise<void> {
    const rows = await this.#table.listByOwner(ALL);
    this.#read = new Map(rows.map(({ key, value }) => [key, value]));
    this.#readAt = now;
    // What the store does not have any more has left elsewhere, or is long silent.
    for (const [inbox, { sign, writtenAt }] of this.#own)
      if (!this.#read.has(inbox) && sign.seen < now && writtenAt < now) this.#own.delete(inbox);
  }
}
