import type { AppendResult, Attachment, Place, StoredCommit } from '../../log/store.ts';
import { forgetOlder, putAttachments, takeBackAttachments } from './attachments.ts';
import type { Collections, CommitDocument } from './collections.ts';
import { isDuplicate } from './failure.ts';

/** Places up to this many are asked for one by one: such a question is the quickest there is. */
const FEW = 16;
/** Places that one question names. */
const MANY = 500;

/**
 * Inserts a commit. Its attachments go first, so that they are there no later than it; the insert of the
 * one document is the commit.
 */
export async function append(
  collections: Collections,
  commit: StoredCommit,
  attachments: readonly Attachment[],
): Promise<AppendResult> {
  const { stream, n, id, at, tags, payload } = commit;
  await putAttachments(collections, commit, attachments);
  try {
    await collections.commits.insertOne({ _id: keyOf(commit), stream, n, id, at, tags: [...tags], payload });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    await giveWay(collections, commit, attachments);
    return 'taken';
  }
  await forgetOlder(collections, attachments);
  return 'appended';
}

/** Takes back what a commit brought that lost its place. What the place holds may be that very commit. */
async function giveWay(
  { commits, attachments }: Collections,
  commit: StoredCommit,
  brought: readonly Attachment[],
): Promise<void> {
  if (brought.length === 0) return;
  // Also one that the majority has not confirmed is a holder.
  const holder = await commits.findOne(
    { _id: keyOf(commit) },
    { projection: { id: 1 }, readConcern: { level: 'local' } },
  );
  if (holder && holder.id !== commit.id) await takeBackAttachments(attachments, commit.id, brought);
}

/** Commits in order. A single one is asked for by its key first, which is quickest. */
export async function read(
  { commits }: Collections,
  stream: string,
  fromN: number,
  limit: number,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<readonly StoredCommit[]> {
  const near = limit === 1 ? await one(commits, { stream, n: fromN }) : [];
  if (near.length === limit) return near;
  const cursor = commits
    .find({ stream, n: { $gte: fromN } })
    .sort({ n: 1 })
    .limit(limit)
    .batchSize(Math.min(limit, 100));
  const page: StoredCommit[] = [];
  let bytes = 0;
  try {
    for await (const document of cursor) {
      bytes += Buffer.byteLength(document.payload);
      if (page.length > 0 && bytes > maxBytes) break;
      page.push(toCommit(document));
    }
  } finally {
    await cursor.close();
  }
  return page;
}

async function one(commits: Collections['commits'], place: Place): Promise<readonly StoredCommit[]> {
  const document = await commits.findOne({ _id: keyOf(place) });
  return document ? [toCommit(document)] : [];
}

export async function taken({ commits }: Collections, places: readonly Place[]): Promise<readonly Place[]> {
  const projection = { _id: 1 } as const;
  if (places.length <= FEW) {
    const found = await Promise.all(
      places.map((place) => commits.findOne({ _id: keyOf(place) }, { projection })),
    );
    return places.filter((_, at) => found[at] !== null);
  }
  const held = new Set<string>();
  for (let at = 0; at < places.length; at += MANY) {
    const keys = places.slice(at, at + MANY).map(keyOf);
    for await (const { _id } of commits.find({ _id: { $in: keys } }, { projection })) held.add(_id);
  }
  return places.filter((place) => held.has(keyOf(place)));
}

export async function head({ commits }: Collections, stream: string): Promise<StoredCommit | undefined> {
  const [newest] = await commits.find({ stream }).sort({ n: -1 }).limit(1).toArray();
  return newest && toCommit(newest);
}

function keyOf({ stream, n }: Place): string {
  return `${stream}/${n}`;
}

function toCommit({ stream, n, id, at, tags, payload }: CommitDocument): StoredCommit {
  return { stream, n, id, at, tags, payload };
}
