import type { Status } from './signs.ts';

/** Changes that one announcement names; of more its readers list the agents. */
const MOST_CHANGES = 100;
/** How often it is looked who came and went, ms. */
const LOOK_MS = 1_000;

/** What is told of peers. */
export interface PresenceChanges {
  readonly changes: readonly { readonly agent_id: string; readonly status: Status }[];
  /** True where there were others too. */
  readonly more: boolean;
}

/** Tells listeners who came and went. Looks only while there are any. */
export class PresenceWatch implements Disposable {
  readonly #look: () => Promise<ReadonlyMap<string, Status>>;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<(text: string) => void>();
  #timer: NodeJS.Timeout | undefined;
  #before: ReadonlyMap<string, Status> | undefined;

  /** @param look answers the status of every agent, by its id */
  constructor(look: () => Promise<ReadonlyMap<string, Status>>, onError: (error: unknown) => void) {
    this.#look = look;
    this.#onError = onError;
  }

  /** @param listener told the JSON text of a frame, which is made once for all of them */
  listen(listener: (text: string) => void): Disposable {
    this.#listeners.add(listener);
    // What it was like when the first came to listen is what changes are told against.
    if (!this.#timer) {
      this.#timer = setTimeout(() => void this.#round(), LOOK_MS);
      this.round().catch(this.#onError);
    }
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Looks once, and tells what has changed since the last time. */
  async round(): Promise<void> {
    const now = await this.#look();
    const told = this.#before && changesBetween(this.#before, now);
    this.#before = now;
    if (!told || told.changes.length === 0) return;
    const text = JSON.stringify({ type: 'presence', ...told });
    for (const listener of this.#listeners) listener(text);
  }

  async #round(): Promise<void> {
    await this.round().catch(this.#onError);
    if (this.#timer === undefined) return;
    this.#timer = this.#listeners.size > 0 ? setTimeout(() => void this.#round(), LOOK_MS) : undefined;
    // What happens while nobody listens is nobody's change.
    if (!this.#timer) this.#before = undefined;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#listeners.clear();
  }
}

function changesBetween(
  before: ReadonlyMap<string, Status>,
  now: ReadonlyMap<string, Status>,
): PresenceChanges {
  const ids = new Set([...before.keys(), ...now.keys()]);
  const changed = [...ids].filter((id) => (before.get(id) ?? 'offline') !== (now.get(id) ?? 'offline'));
  const changes = changed
    .slice(0, MOST_CHANGES)
    .map((agent_id) => ({ agent_id, status: now.get(agent_id) ?? 'offline' }));
  return { changes, more: changed.length > changes.length };
}
