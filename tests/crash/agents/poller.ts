import type { SeededRandom } from '../../../bench/mix/random.ts';
import type { Persistent } from '../clients/persistent.ts';
import type { AgentNotes, Envelope, Reading } from './notes.ts';

const PARK_MS = 2_000;
const MOST_AT_ONCE = 20;

/** Reads an agent's messages over REST, with a cursor to go by, which it forgets now and then. */
export class Poller {
  readonly agent_id: string;
  readonly #client: Persistent;
  readonly #notes: AgentNotes;
  readonly #random: SeededRandom;
  #reading: Reading;
  #cursor: string | undefined;

  constructor(agent_id: string, client: Persistent, notes: AgentNotes, random: SeededRandom) {
    this.agent_id = agent_id;
    this.#client = client;
    this.#notes = notes;
    this.#random = random;
    this.#reading = notes.begin(agent_id, 'poll');
  }

  async listen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#random.next() < 0.05) this.#forget();
      await this.#read();
    }
    // Once more, which acknowledges what came last.
    await this.#read(0);
  }

  #forget(): void {
    this.#cursor = undefined;
    this.#reading = this.#notes.begin(this.agent_id, 'poll');
  }

  async #read(timeout_ms = PARK_MS): Promise<void> {
    const said = this.#cursor === undefined ? undefined : this.#notes.acknowledge(this.#reading);
    const { messages, cursor } = await this.#client.request<{ messages: Envelope[]; cursor: string }>({
      method: 'GET',
      path: '/api/v1/messages',
      args: {
        agent_id: this.agent_id,
        limit: 1 + this.#random.below(MOST_AT_ONCE),
        timeout_ms,
        ...(this.#cursor === undefined ? {} : { cursor: this.#cursor }),
      },
    });
    if (said) said.known = this.#notes.now();
    for (const message of messages) this.#notes.hand(this.#reading, message);
    this.#cursor = cursor;
  }
}
