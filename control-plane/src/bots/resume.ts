import type { Streams } from '../log/streams.ts';
import type { BotsOf } from './outcome.ts';
import type { Pipeline } from './pipeline.ts';

/** Name of the mark: ms before which no hook was left to run. */
const MARK = 'hooks-done-before';
/** Longer than a commit may be under way: its time is from before it was written. */
const MARGIN_MS = 60_000;
const PAGE = 100;
const AT_ONCE = 8;

/** Starts the hooks that were still to run when the server ended, the most recent channels first. */
export async function resumeWork<State extends BotsOf>(
  streams: Streams<State>,
  pipeline: Pipeline<State>,
): Promise<number> {
  const since = Number((await streams.store.mark(MARK)) ?? 0);
  let resumed = 0;
  for (let after: { stream: string; at: number } | undefined; ; ) {
    const page = await streams.store.streamsByTag('work', {
      since,
      limit: PAGE,
      ...(after ? { after } : {}),
    });
    const ids = page.map(({ stream }) => stream);
    await inParallel(ids, async (id) => {
      if (await pipeline.resume(id)) resumed++;
    });
    after = page.at(-1);
    if (page.length < PAGE) return resumed;
  }
}

/** Notes that everything before a while ago is done, so that the next start looks no further back. */
export async function markWorkDone<State extends BotsOf>(
  streams: Streams<State>,
  pipeline: Pipeline<State>,
  now: number,
): Promise<void> {
  if (pipeline.idle) await streams.store.putMark(MARK, String(now - MARGIN_MS));
}

async function inParallel(ids: readonly string[], work: (id: string) => Promise<void>): Promise<void> {
  const queue = ids.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const id of queue) await work(id);
    }),
  );
}
