import { CodedError } from '../kernel/errors.ts';
import type { Clock } from '../kernel/clock.ts';
import { decodeCommit } from './codec.ts';
import type { Commit } from './commit.ts';
import { append, type Pending, prepare } from './batch.ts';
import { emptyFold, type Folded, foldCommit } from './fold.ts';
import type { Decide, StreamModel } from './model.ts';
import type { CommitStore } from './store.ts';
import { Tail } from './tail.ts';
import type { Wakeups } from './waiting.ts';

/** Commits and payload bytes read from the store at a time. */
const PAGE_COMMITS = 500;
const PAGE_BYTES = 4 * 1024 * 1024;
/** Commands that one commit may hold. */
const MAX_BATCH = 64;
const SNAPSHOT_EVERY = 1_000;
/** Conflicts in a row after which a batch is given up. */
const MAX_CONFLICTS = 100;

/** What a stream needs from around it. */
export interface StreamDeps<State> {
  readonly store: CommitStore;
  readonly model: StreamModel<State>;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  /** Told of each commit that this process confirms or reads, with the state after it. */
  readonly onCommit?: (stream: string, state: State) => void;
}

/**
 * One loaded stream: its confirmed state, and the queue of commands that want to write to it.
 * At most one commit is unconfirmed; commands that arrive meanwhile go into the next together.
 */
export class Stream<State> {
  readonly id: string;
  readonly #deps: StreamDeps<State>;
  readonly #tail = new Tail();
  readonly #queue: Pending<State>[] = [];
  #folded: Folded<State>;
  #running = false;
  /** Set when a commit's fate is unknown: the store must be read before the next decision. */
  #unsure = false;

  private constructor(id: string, deps: StreamDeps<State>) {
    this.id = id;
    this.#deps = deps;
    this.#folded = emptyFold(deps.model, id);
  }

  /** Loads a stream from its snapshot, where there is one, and the commits after it. */
  static async load<State>(id: string, deps: StreamDeps<State>): Promise<Stream<State>> {
    const stream = new Stream(id, deps);
    const snapshot = await deps.store.snapshot(id);
    if (snapshot && snapshot.version === deps.model.version) stream.#folded = JSON.parse(snapshot.text);
    await stream.#catchUp();
    return stream;
  }

  /** The fold of every confirmed commit. */
  get folded(): Folded<State> {
    return this.#folded;
  }

  get state(): State {
    return this.#folded.state;
  }

  /** True while nothing is queued or being written. */
  get idle(): boolean {
    return !this.#running && this.#queue.length === 0;
  }

  /**
   * Decides a command on the newest state and writes what it wants. Resolves when that is durable.
   *
   * @throws what `decide` throws; STORE_UNAVAILABLE when the outcome is not known.
   */
  submit<Answer>(decide: Decide<State, Answer>): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.#queue.push({ decide, resolve: resolve as (answer: unknown) => void, reject });
      if (!this.#running) void this.#drain();
    });
  }

  /** Confirmed commits from the one that holds entry `id` on, if the tail still has them. */
  recent(id: number): readonly Commit[] | undefined {
    return this.#tail.sinceEntry(id);
  }

  async #drain(): Promise<void> {
    this.#running = true;
    try {
      // Everything that arrives in this turn of the event loop shares one commit.
      await Promise.resolve();
      while (this.#queue.length > 0) await this.#commitNext(this.#queue.splice(0, MAX_BATCH));
    } finally {
      this.#running = false;
    }
  }

  /** Writes one batch; what does not fit into its commit goes back to the head of the queue. */
  async #commitNext(batch: readonly Pending<State>[]): Promise<void> {
    try {
      for (let conflicts = 0; ; conflicts++) {
        if (conflicts > MAX_CONFLICTS) throw new CodedError('STORE_UNAVAILABLE');
        if (this.#unsure) await this.#catchUp();
        const prepared = prepare(this.id, this.#deps.model, this.#folded, batch, this.#deps.clock.now());
        if (prepared.commit !== undefined) {
          this.#unsure = true;
          const { commit, attachments } = prepared;
          const written = await append(this.#deps.store, commit, attachments);
          if (written === undefined) continue;
          this.#unsure = false;
          this.#adopt(commit, prepared.folded, written);
        }
        this.#queue.unshift(...batch.slice(prepared.settle.length));
        for (const settle of prepared.settle) settle();
        return;
      }
    } catch (error) {
      const cause =
        error instanceof CodedError ? error : new CodedError('STORE_UNAVAILABLE', {}, { cause: error });
      for (const pending of batch) pending.reject(cause);
      // What was refused may be there all the same: readers and hooks should not wait for the next command.
      if (this.#unsure) await this.#catchUp().catch(() => undefined);
    }
  }

  #adopt(commit: Commit, folded: Folded<State>, bytes: number): void {
    this.#folded = folded;
    this.#tail.push(commit, bytes);
    this.#announce();
    if (commit.n % SNAPSHOT_EVERY === SNAPSHOT_EVERY - 1) this.#snapshot(folded);
  }

  #snapshot(folded: Folded<State>): void {
    const { store, model } = this.#deps;
    const text = JSON.stringify(folded);
    // Losing a snapshot loses nothing: the fold reads the commits instead.
    store.putSnapshot({ stream: this.id, n: folded.n, version: model.version, text }).catch(() => undefined);
  }

  /** Reads and folds what the store holds beyond the confirmed state. */
  async #catchUp(): Promise<void> {
    const before = this.#folded.n;
    for (;;) {
      const page = await this.#deps.store.read(this.id, this.#folded.n + 1, PAGE_COMMITS, PAGE_BYTES);
      for (const stored of page) {
        const commit = decodeCommit(stored);
        this.#folded = foldCommit(this.#deps.model, this.#folded, commit);
        this.#tail.push(commit, stored.payload.length);
      }
      if (page.length === 0) break;
    }
    this.#unsure = false;
    if (this.#folded.n !== before) this.#announce();
  }

  #announce(): void {
    this.#deps.wakeups.publish(this.id);
    this.#deps.onCommit?.(this.id, this.state);
  }
}
