import type { Remembered } from '../remembered.ts';

/** How far an agent has got in what is sent to it: the last entry of each stream that it is done with. */
export interface Place {
  readonly direct: number;
  readonly broadcast: number;
}

/** A message that ends, unless it is acknowledged before. */
export interface Ending {
  readonly id: number;
  /** Inbox of who sent it: they may read of it when it was not. */
  readonly sender: string;
  /** ms since the epoch. */
  readonly expires_at: number;
}

export interface InboxState {
  /** All up to here is acknowledged. */
  readonly acknowledged: Place;
  /** All up to here was handed over at least once. */
  readonly delivered: Place;
  /** Messages with an end that were not acknowledged, oldest first. */
  readonly ending: readonly Ending[];
  /** Closed with its agent's registration: nothing more comes in. */
  readonly closed: boolean;
  readonly remembered: Remembered;
}

export const NOWHERE: Place = { direct: 0, broadcast: 0 };

export const emptyInbox: InboxState = {
  acknowledged: NOWHERE,
  delivered: NOWHERE,
  ending: [],
  closed: false,
  remembered: {},
};

/** The later of two places. */
export function further(one: Place, other: Place): Place {
  return {
    direct: Math.max(one.direct, other.direct),
    broadcast: Math.max(one.broadcast, other.broadcast),
  };
}
