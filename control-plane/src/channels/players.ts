import type { Player } from '../sandbox/port.ts';
import { type ChannelState, seated } from './state.ts';

/** Who sits in the channel, as a bot sees it. */
export function playersOf(state: ChannelState): readonly Player[] {
  return seated(state).map(({ slot }) => ({ slot_id: slot.slot_id, label: slot.label }));
}
