import type { FailureReason } from '../../../control-plane/src/sandbox/port.ts';
import type { Case } from './cases.ts';

/** What the channel shows for an attack: the bot's own answer, or why its hook failed. */
export type Shown = { readonly body: Readonly<Record<string, unknown>> } | { readonly error: FailureReason };

/** One hostile bot. */
export interface Row {
  readonly case: Case;
  /** What the bot does, as the end of a sentence about it. */
  readonly name: string;
  /** Python of its `attack(request)`, or with `source` of its whole module. */
  readonly python: string;
  readonly shows: Shown;
  /** Nothing else runs meanwhile, and the server's memory is watched. */
  readonly flood?: boolean;
}

/** The attack did its work and the bot could answer. */
export const answers = (body: Record<string, unknown>): Shown => ({ body });

/** The attack ended the hook. */
export const fails = (error: FailureReason): Shown => ({ error });
