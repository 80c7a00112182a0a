import { decodeCommit } from './codec.ts';
import type { Commit, Entry } from './commit.ts';
import type { Decide } from './model.ts';
import { Stream, type StreamDeps } from './stream.ts';
import { waitUntil } from './waiting.ts';

const PAGE_COMMITS = 200;
const PAGE_BYTES = 1024 * 1024;

/** The loaded streams of one model, bounded in number. */
export class Streams<State> {
  readonly #deps: StreamDeps<State>;
  readonly #maxLoaded: number;
  /** In order of last use. */
  readonly #loaded = new Map<string, Promise<Stream<State>>>();

  constructor(deps: StreamDeps<State>, maxLoaded: number) {
    this.#deps = deps;
    this.#maxLoaded = maxLoaded;
  }

  /** True where other processes write to the same store. */
  get shared(): boolean {
    return this.#deps.news !== undefined;
  }

  get store() {
    return this.#deps.store;
  }

  /**
   * The stream with all that was written before this call. One without commits is an empty one.
   *
   * @throws STORE_UNAVAILABLE
   */
  open(id: string): Promise<Stream<State>> {
    const held = this.#loaded.get(id);
    const stream = this.#load(id);
    // A stream that was just read is as fresh as can be; of a store of our own, every one is.
    return held && this.#deps.news ? stream.then(refreshed) : stream;
  }

  /**
   * The stream as far as this process knows it, which costs no question to the store: for whom a wake-up
   * has told of a commit, or who has just written one. Others may have written since.
   */
  known(id: string): Promise<Stream<State>> {
    return this.#load(id);
  }

  /**
   * Another process has told that it wrote to the stream: who waits here, and whose hooks run here,
   * hears of it. A stream that nobody here has to do with is left alone.
   */
  async hear(id: string): Promise<void> {
    const loaded = await this.#loaded.get(id);
    // One that was let go while somebody waits on it is loaded by whoever wakes.
    await (loaded ? loaded.follow() : this.#deps.wakeups.publish(id));
  }

  /**
   * Looks for what other processes wrote to the streams that somebody waits on here, and to `others`:
   * for when nobody could tell. One question for some hundred streams.
   *
   * @param isOurs true for a stream of this model: wake-ups are of all
   * @throws STORE_UNAVAILABLE
   */
  async look(others: Iterable<string>, isOurs: (id: string) => boolean = () => true): Promise<void> {
    const ids = new Set([...[...this.#deps.wakeups.streams()].filter(isOurs), ...others]);
    await Promise.all([...ids].map((id) => this.#refresh(id)));
  }

  async #refresh(id: string): Promise<void> {
    const loaded = await this.#loaded.get(id);
    await (loaded ? loaded.refresh() : this.#deps.wakeups.publish(id));
  }

  #load(id: string): Promise<Stream<State>> {
    const held = this.#loaded.get(id);
    const stream = held ?? Stream.load(id, this.#deps);
    this.#loaded.delete(id);
    this.#loaded.set(id, stream);
    if (!held) {
      stream.catch(() => {
        if (this.#loaded.get(id) === stream) this.#loaded.delete(id);
      });
      if (this.#loaded.size > this.#maxLoaded) void this.#evict();
    }
    return stream;
  }

  /** Lets go of a stream, so that the next use reads it anew. */
  forget(id: string): void {
    this.#loaded.delete(id);
  }

  /** Decides and writes; see {@link Stream.submit}. The loaded stream is looked up anew each time. */
  async submit<Answer>(id: string, decide: Decide<State, Answer>): Promise<Answer> {
    for (;;) {
      const opened = this.#load(id);
      const stream = await opened;
      // One that was let go meanwhile would write behind the back of the one in its place.
      if (this.#loaded.get(id) === opened) return stream.submit(decide);
    }
  }

  /** Waits until `check` gives a value for the stream; see {@link waitUntil}. */
  wait<T>(
    id: string,
    check: () => T | undefined | Promise<T | undefined>,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<T | undefined> {
    return waitUntil(this.#deps.wakeups, id, check, timeoutMs, signal);
  }

  /** The confirmed commits from the one that holds entry `id` on, in order, as far as the reader goes. */
  async *commitsFrom(stream: Stream<State>, id: number): AsyncGenerator<Commit> {
    if (id >= stream.folded.nextId) return;
    const recent = stream.recent(id);
    if (recent) {
      yield* recent;
      return;
    }
    const last = stream.folded.n;
    for (let n = await this.#find(stream, id); n <= last; ) {
      const page = await this.#deps.store.read(
        stream.id,
        n,
        Math.min(PAGE_COMMITS, last - n + 1),
        PAGE_BYTES,
      );
      if (page.length === 0) return;
      for (const stored of page) yield decodeCommit(stored);
      n = (page.at(-1)?.n ?? last) + 1;
    }
  }

  /** One confirmed entry. */
  async entry(stream: Stream<State>, id: number): Promise<Entry | undefined> {
    for await (const commit of this.commitsFrom(stream, id)) {
      return commit.entries.find((entry) => entry.id === id);
    }
    return undefined;
  }

  /** Number of the newest commit whose `first` is at most `id`: ids and commit numbers grow together. */
  async #find(stream: Stream<State>, id: number): Promise<number> {
    let low = 0;
    let high = stream.folded.n;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const [stored] = await this.#deps.store.read(stream.id, middle, 1);
      if (stored !== undefined && decodeCommit(stored).first <= id) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Lets go of the least recently used streams that are idle. */
  async #evict(): Promise<void> {
    for (const [id, loading] of this.#loaded) {
      if (this.#loaded.size <= this.#maxLoaded) return;
      const stream = await loading.catch(() => undefined);
      if (this.#loaded.get(id) === loading && (stream === undefined || stream.idle)) this.#loaded.delete(id);
    }
  }
}

async function refreshed<State>(stream: Stream<State>): Promise<Stream<State>> {
  await stream.refresh();
  return stream;
}
