import { serverEntry } from '../bots/announce.ts';
import { CodedError } from '../kernel/errors.ts';
import type { Decision } from '../log/model.ts';
import type { Seat } from './access.ts';
import { fact } from './facts.ts';

/** The seat that a join came to: which of its handles the caller gets, or the one it came with. */
export interface Joined {
  readonly slot_id: string;
  readonly k: number;
  /** Number of the handle made, or null when the caller's own stays. */
  readonly handle: number | null;
}

/** What a way of joining needs. */
export interface JoinContext {
  readonly account: string;
  readonly channelId: string;
  readonly handleHash: (slotId: string, k: number, number: number) => string;
}

/** Handles that a tenure may be given, and moves from account to account, in all: each is written for good. */
const MAX_CHANGES = 1_000;

/** @throws SEAT_LIMIT where a seat was moved, or given handles, as often as may be */
export function requireChangeable({ tenure }: Seat): void {
  if (tenure.handle_count + (tenure.moves ?? 0) >= MAX_CHANGES) throw new CodedError('SEAT_LIMIT');
}

/** Gives the holder one more handle, visibly. */
export function anotherHandle(seat: Seat, context: JoinContext): Decision<Joined> {
  requireChangeable(seat);
  const { slot_id, label } = seat.slot;
  return {
    draft: {
      entries: [serverEntry({ type: 'seat:handle', slot_id, label })],
      facts: [handOut(seat, context, false)],
    },
    answer: { slot_id, k: seat.tenure.k, handle: seat.tenure.handle_count },
  };
}

/** The fact that makes the tenure's next handle. */
export function handOut(seat: Seat, context: JoinContext, rotates: boolean) {
  const { slot_id } = seat.slot;
  const { k, handle_count } = seat.tenure;
  return fact('handle_made', { slot_id, k, hash: context.handleHash(slot_id, k, handle_count), rotates });
}
