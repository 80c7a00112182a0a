import { CodedError } from '../kernel/errors.ts';
import type { Clock } from '../kernel/clock.ts';
import { decodeCommit } from './codec.ts';
import type { Commit } from './commit.ts';
import { append, type Pending, prepare } from './batch.ts';
import { emptyFold, type Folded, foldCommit } from './fold.ts';
import type { Decide, StreamModel } from './model.ts';
import type { News } from './news.ts';
import type { CommitStore, StoredCommit } from './store.ts';
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
/**
 * How long what is known of a shared stream counts as near, ms: half of the time for which an erased
 * stream keeps its commits (channels/erase.ts).
 */
const NEAR_MS = 30_000;

/** What a stream needs from around it. */
export interface StreamDeps<State> {
  readonly store: CommitStore;
  readonly model: StreamModel<State>;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  /** There where other processes write to the same store: what is read is held against it first. */
  readonly news?: News;
  /** Tells those processes that a stream has a new commit of ours. */
  readonly tell?: (stream: string) => void;
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
  /** When what the store holds was last known to be all folded in, by the monotonic clock, ms. */
  #freshAt = performance.now();
  /** The reading of the store that is under way. */
  #reading: Promise<void> = Promise.resolve();
  /** The one that begins after it, for all who want to know what was written up to now. */
  #nextReading: Promise<void> | undefined;

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

  /**
   * Folds in what other processes have written before this call. Does nothing where there are none.
   *
   * @throws STORE_UNAVAILABLE
   */
  async refresh(): Promise<void> {
    const { news } = this.#deps;
    if (!news) return;
    const startedAt = performance.now();
    const { n } = this.#folded;
    const [hasNext, isErased] = await Promise.all([
      news.taken({ stream: this.id, n: n + 1 }),
      this.#isFar(this.#freshAt) ? this.#isErased(n) : false,
    ]);
    if (hasNext || isErased) await this.#catchUp();
    else this.#freshAt = Math.max(this.#freshAt, startedAt);
  }

  /**
   * Folds in what another process has told of, without asking first whether it is there.
   *
   * @throws STORE_UNAVAILABLE
   */
  follow(): Promise<void> {
    return this.#catchUp();
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
        if (this.#unsure) await this.#learnFate();
        const decidedAt = this.#freshAt;
        const prepared = prepare(this.id, this.#deps.model, this.#folded, batch, this.#deps.clock.now());
        if (prepared.commit !== undefined) {
          this.#unsure = true;
          const { commit, attachments } = prepared;
          const written = await append(this.#deps.store, commit, attachments);
          if (written === undefined || (await this.#fellIntoErased(commit, decidedAt))) continue;
          this.#unsure = false;
          this.#adopt(commit, prepared.folded, written);
        } else if (await this.#isBehind(prepared.folded.n)) {
          // A refusal must not rest on what others have changed meanwhile.
          await this.#catchUp();
          continue;
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
      if (this.#unsure) await this.#learnFate().catch(() => undefined);
    }
  }

  /** True when another process has written after commit `n`. */
  async #isBehind(n: number): Promise<boolean> {
    return (await this.#deps.news?.taken({ stream: this.id, n: n + 1 })) ?? false;
  }

  /** True when the stream no longer has the commit that this process read last. */
  async #isErased(n: number): Promise<boolean> {
    return n >= 0 && !((await this.#deps.news?.taken({ stream: this.id, n })) ?? true);
  }

  /** True when the stream may have been erased since then without our having seen its tombstone. */
  #isFar(freshAt: number): boolean {
    return this.#deps.news !== undefined && performance.now() - freshAt > NEAR_MS;
  }

  /**
   * A place is free again once its stream is erased. Who comes that late has written to where nobody
   * reads: it is taken back, and decided anew.
   */
  async #fellIntoErased({ n }: Commit, decidedAt: number): Promise<boolean> {
    if (!this.#isFar(decidedAt) || !(await this.#isErased(n - 1))) return false;
    const [tombstone] = await this.#deps.store.read(this.id, n + 1, 1);
    // Without one nothing was erased: the store is an older copy of itself, and what it holds must stay.
    if (!tombstone) throw new Error(`Stream ${this.id} has lost what was confirmed before commit ${n}.`);
    await this.#deps.store.eraseBelow(this.id, n + 1);
    return true;
  }

  #adopt(commit: Commit, folded: Folded<State>, bytes: number): void {
    // Someone who read on meanwhile may have met it in the store already.
    if (this.#folded.n < commit.n) {
      this.#folded = folded;
      this.#tail.push(commit, bytes);
      this.#announce();
    }
    this.#freshAt = performance.now();
    this.#deps.tell?.(this.id);
    if (commit.n % SNAPSHOT_EVERY === SNAPSHOT_EVERY - 1) this.#snapshot(folded);
  }

  #snapshot(folded: Folded<State>): void {
    const { store, model } = this.#deps;
    const text = JSON.stringify(folded);
    // Losing a snapshot loses nothing: the fold reads the commits instead.
    store.putSnapshot({ stream: this.id, n: folded.n, version: model.version, text }).catch(() => undefined);
  }

  /** Finds out whether a commit of ours is there after all. */
  async #learnFate(): Promise<void> {
    const { n } = this.#folded;
    await this.#catchUp();
    this.#unsure = false;
    if (this.#folded.n !== n) this.#deps.tell?.(this.id);
  }

  /** Reads and folds what the store holds beyond the confirmed state, once earlier readings are over. */
  #catchUp(): Promise<void> {
    this.#nextReading ??= this.#reading.then(() => {
      const reading = this.#readOn();
      this.#nextReading = undefined;
      this.#reading = reading.catch(() => undefined);
      return reading;
    });
    return this.#nextReading;
  }

  async #readOn(): Promise<void> {
    const startedAt = performance.now();
    let announced = this.#folded.n;
    // Who follows others has missed one commit, mostly: one that is asked for by its key is found quickest.
    for (let limit = this.#deps.news ? 1 : PAGE_COMMITS; ; limit = PAGE_COMMITS) {
      const page = await this.#deps.store.read(this.id, this.#folded.n + 1, limit, PAGE_BYTES);
      for (const stored of page) this.#foldStored(stored);
      // Who waits for a single commit need not wait for the proof that there is no other.
      if (page.length === 1 && this.#folded.n !== announced) {
        announced = this.#folded.n;
        this.#announce();
      }
      if (page.length === 0 || (this.#deps.news && !(await this.#isBehind(this.#folded.n)))) break;
    }
    this.#freshAt = startedAt;
    if (this.#folded.n !== announced) this.#announce();
  }

  #foldStored(stored: StoredCommit): void {
    // One of ours may have been adopted while the page was on its way.
    if (stored.n <= this.#folded.n) return;
    const commit = decodeCommit(stored);
    if (commit.n !== this.#folded.n + 1) this.#tail.clear();
    this.#folded = foldCommit(this.#deps.model, this.#folded, commit);
    this.#tail.push(commit, stored.payload.length);
  }

  #announce(): void {
    this.#deps.wakeups.publish(this.id);
    this.#deps.onCommit?.(this.id, this.state);
  }
}
