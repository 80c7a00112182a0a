import { setTimeout } from 'node:timers/promises';
import type { Commit } from './commit.ts';
import { encodeCommit } from './codec.ts';
import type { Folded } from './fold.ts';
import type { CommitPart, Decide, Position, StreamModel } from './model.ts';
import { joinParts, placeDraft } from './place.ts';
import type { Attachment, CommitStore } from './store.ts';

/** A command that waits for its turn. */
export interface Pending<State> {
  readonly decide: Decide<State, unknown>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A batch, decided on one state: the commit to write, and how each command ends once that is durable. */
export interface Prepared<State> {
  readonly commit?: Commit;
  readonly attachments: readonly Attachment[];
  readonly folded: Folded<State>;
  /** One for each command that was decided; fewer than the batch when a commit had to close early. */
  readonly settle: readonly (() => void)[];
}

/**
 * Decides the commands of a batch in order, each on the state that the ones before it lead to.
 * The effect of a hook (a draft with a cause) is a commit of its own.
 */
export function prepare<State>(
  stream: string,
  model: StreamModel<State>,
  from: Folded<State>,
  batch: readonly Pending<State>[],
  now: number,
): Prepared<State> {
  const start: Position = { n: from.n + 1, nextId: from.nextId, at: Math.max(now, from.at) };
  const parts: CommitPart[] = [];
  const attachments: Attachment[] = [];
  const settle: (() => void)[] = [];
  let state = from.state;
  let nextId = start.nextId;
  let cause: number | undefined;
  for (const { decide, resolve, reject } of batch) {
    const position = { ...start, nextId };
    try {
      const { draft, answer } = decide(state, position);
      if (draft !== undefined) {
        if (cause !== undefined || (draft.cause !== undefined && parts.length > 0)) break;
        const part = placeDraft(stream, position, draft);
        state = model.apply(state, part);
        parts.push(part);
        attachments.push(...(draft.attachments ?? []));
        nextId += part.entries.length;
        cause = draft.cause;
      }
      settle.push(() => resolve(answer));
    } catch (error) {
      settle.push(() => reject(error));
    }
  }
  if (parts.length === 0) return { attachments, folded: from, settle };
  const commit = joinParts(stream, start, parts, model.tags(from.state, state), cause);
  return { commit, attachments, folded: { state, n: start.n, nextId, at: start.at }, settle };
}

/** Pauses before a place is looked at again whose commit the store neither shows nor gives up, ms. */
const UNCONFIRMED_PAUSES_MS = [10, 20, 50, 100, 200, 500, 1_000, 2_000];

/**
 * Inserts a commit, once more with the same commit after an error. A key that is taken by a commit
 * with our id is our own success: the first answer was lost. A key that is taken by a commit that the
 * store does not show is one that its majority has not confirmed: it may be ours, so nothing is decided
 * anew before it is either confirmed or rolled back.
 *
 * @returns the payload's size in characters, or undefined when another writer has the place
 * @throws when the outcome stays unknown
 */
export async function append(
  store: CommitStore,
  commit: Commit,
  attachments: readonly Attachment[],
): Promise<number | undefined> {
  const stored = encodeCommit(commit);
  const size = stored.payload.length;
  let result = await store.append(stored, attachments).catch(() => store.append(stored, attachments));
  for (const pauseMs of UNCONFIRMED_PAUSES_MS) {
    if (result === 'appended') return size;
    const [holder] = await store.read(commit.stream, commit.n, 1);
    if (holder?.n === commit.n) return holder.id === commit.id ? size : undefined;
    // A later commit in its place: the stream was erased up to there, and goes on elsewhere.
    if (holder !== undefined) return undefined;
    await setTimeout(pauseMs);
    result = await store.append(stored, attachments);
  }
  throw new Error(`Commit ${commit.stream}/${commit.n} is neither confirmed nor rolled back.`);
}
