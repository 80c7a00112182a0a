import type { Shown, View } from '../ledger.ts';
import type { Persistent } from './persistent.ts';
import { type Seat, shownAs } from './poster.ts';

const PARK_MS = 5_000;

/** Follows a channel from its beginning, with a cursor alone to go by. */
export class Watcher implements View {
  readonly channel_id: string;
  readonly slot_id: string;
  readonly shown: Shown[] = [];
  readonly #client: Persistent;
  readonly #seat: string;
  #cursor = 0;

  constructor(client: Persistent, { channel_id, slot_id, seat }: Seat) {
    this.channel_id = channel_id;
    this.slot_id = slot_id;
    this.#client = client;
    this.#seat = seat;
  }

  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#read(PARK_MS);
  }

  /** Reads to the end of what there is, once nothing more is written. */
  async finish(): Promise<void> {
    while (await this.#read(0));
  }

  /** One answer's worth; true when there is more. */
  async #read(timeoutMs: number): Promise<boolean> {
    const { messages, cursor, has_more } = await this.#client.call('sync_messages', {
      channel_id: this.channel_id,
      seat: this.#seat,
      cursor: this.#cursor,
      timeout_ms: timeoutMs,
      limit: 500,
      max_tokens: 20_000,
    });
    this.shown.push(...messages.map(shownAs));
    this.#cursor = cursor;
    return has_more;
  }
}
