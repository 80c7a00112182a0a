import { setTimeout as pause } from 'node:timers/promises';
import type { CommitStore } from '../log/store.ts';
import type { AttachmentKey, HeldAttachment, StoreContents } from './contents.ts';
import { Cut, ReadAttachments } from './cut.ts';

const PAGE = 100;
const PAGE_BYTES = 1024 * 1024;
const MAX_TRIES = 40;
const PAUSE_MS = 25;

/**
 * Reads the attachments of a stream that may be written to meanwhile, and finds how much of the stream
 * goes with them. A store keeps the newest two states of each bot only, so commits and states read one
 * after the other may not fit each other; then the attachments that have come meanwhile are read too.
 *
 * @returns number of the newest commit up to which everything that is referred to was among the
 * attachments; undefined for a stream without commits
 * @throws when the stream moves on faster than it can be read
 */
export async function* readAttachments(
  commits: CommitStore,
  contents: StoreContents,
  stream: string,
): AsyncGenerator<HeldAttachment, number | undefined> {
  const read = new ReadAttachments();
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const before = await commits.head(stream);
    if (!before) return undefined;
    read.again();
    for await (const attachment of all(contents, stream)) if (read.add(attachment)) yield attachment;
    const moved = await cutAfter(commits, stream, before.n, new Cut(read));
    if (moved !== undefined) return before.n + moved;
    await pause(PAUSE_MS);
  }
  throw new Error(`The channel ${stream} does not hold still: try again when it is quieter.`);
}

async function* all(contents: StoreContents, stream: string): AsyncGenerator<HeldAttachment> {
  for (let after: AttachmentKey | undefined; ; ) {
    const page = await contents.attachments(stream, after, PAGE);
    if (page.length === 0) return;
    yield* page;
    after = page.at(-1);
  }
}

/** How many of the commits that follow the n-th can be taken along. */
async function cutAfter(
  commits: CommitStore,
  stream: string,
  n: number,
  cut: Cut,
): Promise<number | undefined> {
  const head = await commits.head(stream);
  for (let next = n + 1; head && next <= head.n; ) {
    const page = await commits.read(stream, next, Math.min(PAGE, head.n - next + 1), PAGE_BYTES);
    const last = page.at(-1);
    // Erased meanwhile: what is left refers to nothing.
    if (!last || page[0]?.n !== next) break;
    for (const commit of page) cut.add(commit);
    next = last.n + 1;
  }
  return cut.find();
}
