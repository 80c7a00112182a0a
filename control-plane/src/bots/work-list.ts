import type { News } from '../log/news.ts';
import type { TagCursor } from '../log/store.ts';
import type { Streams } from '../log/streams.ts';
import type { BotsOf } from './outcome.ts';
import type { Pipeline } from './pipeline.ts';

/** Name of the mark: ms before which no hook was left to run. */
const MARK = 'hooks-done-before';
/** Longer than a commit may be under way: its time is from before it was written. */
const MARGIN_MS = 60_000;
const PAGE = 100;
const AT_ONCE = 8;

export interface WorkListOptions<State extends BotsOf> {
  readonly streams: Streams<State>;
  readonly pipeline: Pipeline<State>;
  readonly news: News;
  /** The clocks of all servers that write to the store now, this one's among them, ms since the epoch. */
  readonly clocks: () => readonly number[];
}

/** What a round found. */
export interface Round {
  /** Channels with hooks to run. */
  readonly waiting: number;
}

/**
 * The channels with hooks left to run: those with a `work` commit since the clean mark. Reads no others.
 * Hooks of a server that ended are found here, at the next start or by another server.
 */
export class WorkList<State extends BotsOf> {
  readonly #options: WorkListOptions<State>;
  /** The head at which a channel had no hook to run: unless it moved, there is none now. */
  #done = new Map<string, number>();

  constructor(options: WorkListOptions<State>) {
    this.#options = options;
  }

  /**
   * Starts on every hook that is left to run and whose lease can be had, the most recent channels first,
   * and moves the mark as far as there is none.
   *
   * @throws STORE_UNAVAILABLE
   */
  async round(): Promise<Round> {
    const { store } = this.#options.streams;
    const clock = Math.min(...this.#options.clocks());
    const mark = Number((await store.mark(MARK)) ?? 0);
    // A mark that is close to a clock was set before that clock was known, or by one that was wrong.
    const wrong = mark > clock - MARGIN_MS / 2;
    const since = wrong ? 0 : mark;
    const done = new Map<string, number>();
    const waiting: TagCursor[] = [];
    for (let after: TagCursor | undefined; ; ) {
      const page = await store.streamsByTag('work', { since, limit: PAGE, ...(after ? { after } : {}) });
      await inParallel(page, async (found) => {
        const head = await this.#settled(found.stream);
        if (head === undefined) waiting.push(found);
        else done.set(found.stream, head);
      });
      after = page.at(-1);
      if (page.length < PAGE) break;
    }
    this.#done = done;
    const next = Math.min(clock - MARGIN_MS, ...waiting.map(({ at }) => at));
    if (wrong || next > mark) await store.putMark(MARK, String(next));
    return { waiting: waiting.length };
  }

  /** The head of a channel without hooks to run; undefined for one with some, which are started. */
  async #settled(channelId: string): Promise<number | undefined> {
    const { news, pipeline } = this.#options;
    const known = this.#done.get(channelId);
    if (known !== undefined && !(await news.taken({ stream: channelId, n: known + 1 }))) return known;
    return await pipeline.resume(channelId);
  }
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
