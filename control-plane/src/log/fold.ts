import type { Commit } from './commit.ts';
import type { StreamModel } from './model.ts';

/** A stream's state with the place it covers. */
export interface Folded<State> {
  readonly state: State;
  /** Number of the newest commit folded in, -1 for none. */
  readonly n: number;
  readonly nextId: number;
  /** Time of the newest commit, ms. */
  readonly at: number;
}

/** The fold of no commits. */
export function emptyFold<State>(model: StreamModel<State>, stream: string): Folded<State> {
  return { state: model.initial(stream), n: -1, nextId: 1, at: 0 };
}

/** A stream cannot be read: a commit is missing or does not follow its predecessor. */
class BrokenStreamError extends Error {
  constructor(stream: string, detail: string) {
    super(`Stream ${stream} is broken: ${detail}`);
    this.name = 'BrokenStreamError';
  }
}

/**
 * Folds one more commit in.
 *
 * @throws {BrokenStreamError} on a gap in commit numbers or entry ids. A tombstone after a gap opens the
 * stream anew: what stood before it was erased, maybe by another server.
 */
export function foldCommit<State>(
  model: StreamModel<State>,
  folded: Folded<State>,
  commit: Commit,
): Folded<State> {
  const follows = commit.n === folded.n + 1;
  const reopens = !follows && commit.n > folded.n && commit.facts.some((fact) => model.isTombstone(fact));
  if (!reopens && !follows) {
    throw new BrokenStreamError(commit.stream, `commit ${folded.n + 1} is missing before ${commit.n}`);
  }
  if (!reopens && commit.first !== folded.nextId) {
    throw new BrokenStreamError(
      commit.stream,
      `commit ${commit.n} starts at entry ${commit.first}, not ${folded.nextId}`,
    );
  }
  commit.entries.forEach((entry, index) => {
    if (entry.id !== commit.first + index) {
      throw new BrokenStreamError(commit.stream, `commit ${commit.n} holds entry ${entry.id} out of order`);
    }
  });
  return {
    state: model.apply(reopens ? model.initial(commit.stream) : folded.state, commit),
    n: commit.n,
    nextId: commit.first + commit.entries.length,
    at: commit.at,
  };
}
