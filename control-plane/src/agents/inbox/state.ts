import type { Remembered } from '../remembered.ts';

/** How far an agent has got in what is sent to it: the last entry of each stream that it is done with. */
export interface Place {
  readonly direct: number;
  readonly broadcast: number;
}

/** A message that ends, or has ended, without an acknowledgement. */
export interface Ending {
  readonly id: number;
  /** Inbox of who sent it: they may read of it. */
  readonly sender: string;
  /** ms since the epoch. */
  readonly expires_at: number;
}

export interface InboxState {
  /** All up to here is acknowledged. */
  readonly acknowledged: Place;
  /** All up to here was handed over at least once. */
  readonly delivered: Place;
  /** The newest broadcast that the sender of a message here had seen: it comes before that message. */
  readonly knows: number;
  /** Messages with an end that were not acknowledged before it, oldest first. */
  readonly ending: readonly Ending[];
  /** Up to this id there are ends that are no more kept in mind. */
  readonly endsForgotten: number;
  /** The connection that was opened last: only it is served. */
  readonly connection: string;
  /** Closed with its agent's registration: nothing more comes in. */
  readonly closed: boolean;
  readonly erased: boolean;
  /** What messages under an idempotency key came to, by the inbox of who sent them. */
  readonly remembered: Remembered;
}

const NOWHERE: Place = { direct: 0, broadcast: 0 };

export const emptyInbox: InboxState = {
  acknowledged: NOWHERE,
  delivered: NOWHERE,
  knows: 0,
  ending: [],
  endsForgotten: 0,
  connection: '',
  closed: false,
  erased: false,
  remembered: {},
};

/** The later of two places. */
export function further(one: Place, other: Place): Place {
  return {
    direct: Math.max(one.direct, other.direct),
    broadcast: Math.max(one.broadcast, other.broadcast),
  };
}

/** True where one place is before the other in either stream. */
export function isBefore(one: Place, other: Place): boolean {
  return one.direct < other.direct || one.broadcast < other.broadcast;
}

/** Why a message has ended: its own end had come, or its recipient had gone before. */
export function reasonOf(end: Ending, expiresAt: number | undefined): 'expired' | 'deregistered' {
  return end.expires_at === expiresAt ? 'expired' : 'deregistered';
}
