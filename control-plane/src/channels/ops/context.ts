import type { Draft, Position } from '../../log/model.ts';
import type { PlacedBot } from '../bot-requests.ts';
import type { SeatCodes } from '../codes.ts';
import type { UpdateOp } from '../operations/ops.ts';
import type { ChannelState } from '../state.ts';

/** What an op is decided on. */
export interface OpContext {
  /** As the ops before it in the call leave it. */
  readonly state: ChannelState;
  readonly position: Position;
  readonly account: string;
  /** The caller's seat handle, if it gave one. */
  readonly seat: string | undefined;
  readonly codes: SeatCodes;
  /** The bot of a set_bot, compiled beforehand. */
  readonly prepared: PlacedBot | undefined;
}

/** An invite that an op issued; its code goes into the answer only. */
export type IssuedInvite = { readonly slot_id: string; readonly label: string; readonly issue: number };

/** What an op writes beside its `_applied` entry, which comes first. */
export interface OpEffect extends Pick<Draft, 'entries' | 'facts' | 'attachments'> {
  readonly issued?: IssuedInvite;
}

/** Decides one op. Throws what speaks against it. */
export type OpRule<T extends UpdateOp['type']> = (
  context: OpContext,
  op: Extract<UpdateOp, { type: T }>,
) => OpEffect;
