import type { Entry } from '../../log/commit.ts';
import type { StreamModel } from '../../log/model.ts';
import { reduceFact, reducePart } from '../../log/reducers.ts';
import { TOMBSTONE_TAG } from '../../log/tombstone.ts';
import { readBody } from '../messages/body.ts';
import type { RememberedCall } from '../../kernel/idempotency.ts';
import { remember } from '../remembered.ts';
import { type Ending, emptyInbox, further, type InboxState, type Place } from './state.ts';

/** What an inbox's commits hold beside the messages, by type. */
export interface InboxFacts {
  acknowledged: Place;
  delivered: Place;
  /** The message of this id has an end. */
  ends: Ending;
  connected: { readonly connection: string };
  inbox_closed: Record<never, never>;
  /** Nothing of it is kept. */
  inbox_erased: Record<never, never>;
  remembered: { readonly sender: string } & RememberedCall;
}

type Reduce<T> = (state: InboxState, content: T, at: number) => InboxState;

/** Messages with an end that are kept in mind: of each sender, and of all. */
const MOST_ENDING_OF_ONE = 100;
const MOST_ENDING = 2_000;

const REDUCERS: { readonly [T in keyof InboxFacts]: Reduce<InboxFacts[T]> } = {
  acknowledged: (state, place, at) => {
    const acknowledged = further(state.acknowledged, place);
    return {
      ...state,
      acknowledged,
      delivered: further(state.delivered, acknowledged),
      // One that had ended stays a dead letter, although its reader has gone past it.
      ending: state.ending.filter(({ id, expires_at }) => id > acknowledged.direct || expires_at <= at),
    };
  },
  delivered: (state, place) => ({ ...state, delivered: further(state.delivered, place) }),
  ends: (state, ending) => withEnding(state, ending),
  connected: (state, { connection }) => ({ ...state, connection }),
  inbox_closed: (state) => ({ ...state, closed: true }),
  inbox_erased: () => ({ ...emptyInbox, closed: true, erased: true }),
  remembered: (state, { sender, ...call }) => ({
    ...state,
    remembered: remember(state.remembered, sender, call),
  }),
};

function withEnding(state: InboxState, added: Ending): InboxState {
  const others = state.ending.filter(({ id }) => id !== added.id);
  const ofSender = others.filter(({ sender }) => sender === added.sender);
  const dropped =
    ofSender.length >= MOST_ENDING_OF_ONE
      ? ofSender[0]
      : others.length >= MOST_ENDING
        ? others[0]
        : undefined;
  return {
    ...state,
    ending: [...others.filter((one) => one !== dropped), added],
    endsForgotten: Math.max(state.endsForgotten, dropped?.id ?? 0),
  };
}

/** Tag of the commits that hold a message of this sender which ends. */
export const endingOf = (senderInbox: string) => `ends:${senderInbox}`;

/** Tag of the commit that closes an inbox. */
export const CLOSED_TAG = 'inbox:closed';

/** How an inbox's commits become what is left to read in it. */
export const inboxModel: StreamModel<InboxState> = {
  version: 1,
  initial: () => emptyInbox,
  apply: (state, part) =>
    reducePart(state, part, (before, fact) => reduceFact(REDUCERS, before, fact, part.at), applyEntry),
  tags: (before, after) => {
    if (after.erased) return [TOMBSTONE_TAG];
    const known = new Set(before.ending);
    const added = after.ending.filter((ending) => !known.has(ending));
    const senders = new Set(added.map(({ sender }) => endingOf(sender)));
    return after.closed && !before.closed ? [...senders, CLOSED_TAG] : [...senders];
  },
  isTombstone: ({ type }) => type === 'inbox_erased',
};

function applyEntry(state: InboxState, entry: Entry): InboxState {
  const { after = 0 } = readBody(entry);
  return after > state.knows ? { ...state, knows: after } : state;
}
