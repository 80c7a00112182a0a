import type { Json } from '../kernel/json/value.ts';
import type { Commit, Entry, Fact, SenderKind } from './commit.ts';
import type { Attachment } from './store.ts';

/** Where the next commit of a stream will stand. */
export interface Position {
  readonly n: number;
  /** The id that the next entry takes. */
  readonly nextId: number;
  /** The commit's time, ms. */
  readonly at: number;
}

/** An entry before it has its place in the log. */
export interface DraftEntry {
  readonly sender: string;
  readonly sender_kind: SenderKind;
  readonly kind: string;
  readonly body: Json;
  readonly to_slot?: string;
}

/** A fact before it is salted. */
export interface DraftFact {
  readonly type: string;
  readonly [key: string]: Json;
}

/** What a command wants to write. */
export interface Draft {
  readonly entries?: readonly DraftEntry[];
  readonly facts?: readonly DraftFact[];
  /** The entry whose hook this is the effect of: such a draft has a commit of its own. */
  readonly cause?: number;
  readonly attachments?: readonly Attachment[];
}

/** What a command comes to: something to write, or an answer alone. Refusals are thrown. */
export interface Decision<Answer> {
  readonly draft?: Draft;
  readonly answer: Answer;
}

/** A pure function from the state and the place of the next commit. It may run more than once. */
export type Decide<State, Answer> = (state: State, position: Position) => Decision<Answer>;

/** The part of a commit that the fold sees. */
export type CommitPart = Pick<Commit, 'at' | 'entries' | 'facts'>;

/** How commits become a state. Everything here is pure; states are never changed in place. */
export interface StreamModel<State> {
  /** Changes whenever a stored snapshot of the state would be read wrongly. */
  readonly version: number;
  initial(stream: string): State;
  apply(state: State, part: CommitPart): State;
  /** The tags of a commit that leads from one state to the other. */
  tags(before: State, after: State): readonly string[];
  /** True for a fact that makes a stream start anew: only what follows it is kept. */
  isTombstone(fact: Fact): boolean;
}

/**
 * The facts and entries of a part in the order in which they took effect. Several commands may share
 * one commit, and folding it whole must come to the same as folding them one by one.
 */
export function* inOrder(part: CommitPart): Generator<{ readonly fact: Fact } | { readonly entry: Entry }> {
  let next = 0;
  for (const entry of part.entries) {
    for (let fact = part.facts[next]; fact && fact.before <= entry.id; fact = part.facts[++next])
      yield { fact };
    yield { entry };
  }
  for (const fact of part.facts.slice(next)) yield { fact };
}
