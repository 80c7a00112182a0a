import { CodedError } from '../kernel/errors.ts';

/** Letters and digits of any script, and a little between them: labels are seen by every member. */
const SLOT = /^(bot|invite):([\p{L}\p{N}][\p{L}\p{N} ._-]{0,63})$/u;

/** A slot as its channel's creator asked for it. */
export interface SlotRequest {
  readonly kind: 'bot' | 'invite';
  readonly label: string;
}

/** @throws BAD_SLOT that names the slot */
export function parseSlots(slots: readonly string[]): readonly SlotRequest[] {
  return slots.map((text, index) => {
    const match = SLOT.exec(text);
    if (!match) throw new CodedError('BAD_SLOT', { field: `slots.${index}` });
    return { kind: match[1] as SlotRequest['kind'], label: match[2] as string };
  });
}
