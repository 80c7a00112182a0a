import type { Fact } from '../../log/commit.ts';
import { type CommitPart, inOrder, type StreamModel } from '../../log/model.ts';
import { type RememberedCall, remember } from '../remembered.ts';
import { type Ending, emptyInbox, further, type InboxState, type Place } from './state.ts';

/** What an inbox's commits hold beside the messages, by type. */
export interface InboxFacts {
  acknowledged: Place;
  delivered: Place;
  /** The message of this id has an end. */
  ends: Ending;
  inbox_closed: Record<never, never>;
  remembered: { readonly sender: string } & RememberedCall;
}

type Reduce<T> = (state: InboxState, content: T) => InboxState;

/** Messages that ended unread and are kept to be told of. */
const MOST_ENDED = 1_000;

const REDUCERS: { readonly [T in keyof InboxFacts]: Reduce<InboxFacts[T]> } = {
  acknowledged: (state, place) => {
    const acknowledged = further(state.acknowledged, place);
    return {
      ...state,
      acknowledged,
      delivered: further(state.delivered, acknowledged),
      ending: state.ending.filter(({ id }) => id > acknowledged.direct),
    };
  },
  delivered: (state, place) => ({ ...state, delivered: further(state.delivered, place) }),
  ends: (state, ending) => ({ ...state, ending: [...state.ending, ending].slice(-MOST_ENDED) }),
  inbox_closed: (state) => ({ ...state, closed: true }),
  remembered: (state, { sender, ...call }) => ({
    ...state,
    remembered: remember(state.remembered, sender, call),
  }),
};

/** Tag of the commits that hold a message of this sender which has an end. */
export const endingOf = (senderInbox: string) => `ends:${senderInbox}`;

/** How an inbox's commits become what is left to read in it. */
export const inboxModel: StreamModel<InboxState> = {
  version: 1,
  initial: () => emptyInbox,
  apply,
  tags: (before, after) => {
    const known = new Set(before.ending.map(({ id }) => id));
    const added = after.ending.filter(({ id }) => !known.has(id));
    return [...new Set(added.map(({ sender }) => endingOf(sender)))];
  },
  isTombstone: () => false,
};

function apply(state: InboxState, part: CommitPart): InboxState {
  let next = state;
  for (const item of inOrder(part)) if ('fact' in item) next = applyFact(next, item.fact);
  return next;
}

function applyFact(state: InboxState, fact: Fact): InboxState {
  const { type, before: _before, salt: _salt, ...content } = fact;
  if (!Object.hasOwn(REDUCERS, type)) return state;
  return (REDUCERS[type as keyof InboxFacts] as Reduce<unknown>)(state, content);
}
