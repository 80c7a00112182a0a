import type { Entry, Fact } from './commit.ts';
import { type CommitPart, inOrder } from './model.ts';

/** What each type of fact does to a state. */
type Reducers<State> = Readonly<Record<string, (state: State, content: never, at: number) => State>>;

/** Applies the facts and entries of a part in the order in which they took effect. */
export function reducePart<State>(
  state: State,
  part: CommitPart,
  onFact: (state: State, fact: Fact) => State,
  onEntry: (state: State, entry: Entry) => State,
): State {
  let next = state;
  for (const item of inOrder(part))
    next = 'fact' in item ? onFact(next, item.fact) : onEntry(next, item.entry);
  return next;
}

/**
 * Applies one fact. Others than those that have a reducer, such as the format of the stream, say nothing.
 *
 * @param at the commit's time, ms
 */
export function reduceFact<State>(reducers: Reducers<State>, state: State, fact: Fact, at: number): State {
  const { type, before: _before, salt: _salt, ...content } = fact;
  const reduce = Object.hasOwn(reducers, type) ? reducers[type] : undefined;
  return reduce ? reduce(state, content as never, at) : state;
}
