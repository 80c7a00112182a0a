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

/**
 * Inserts a commit, once more with the same commit after an error. A key that is taken by a commit
 * with our id is our own success: the first answer was lost.
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
  const result = await store.append(stored, attachments).catch(() => store.append(stored, attachments));
  if (result === 'appended') return stored.payload.length;
  const [holder] = await store.read(commit.stream, commit.n, 1);
  return holder?.n === commit.n && holder.id === commit.id ? stored.payload.length : undefined;
}
