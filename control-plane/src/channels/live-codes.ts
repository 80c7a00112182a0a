import { CodedError } from '../kernel/errors.ts';
import { canonicalJson } from '../kernel/json/canonical.ts';
import type { DraftEntry } from '../log/model.ts';
import { codesIn } from './codes.ts';
import { type ChannelState, seated } from './state.ts';

/** True when a text holds an invite or a handle of the channel that still opens a seat. */
export function holdsLiveCode(state: ChannelState, text: string): boolean {
  const hashes = codesIn(text);
  if (hashes.length === 0) return false;
  const live = new Set([
    ...state.slots.flatMap((slot) =>
      slot.invites.filter((invite) => invite.status === 'live').map(({ hash }) => hash),
    ),
    ...seated(state).flatMap(({ tenure }) => tenure.handles),
  ]);
  return hashes.some((hash) => live.has(hash));
}

/** Holds entries that an admin words, such as a new name, to the rule of every body. @throws SECRET_IN_BODY */
export function requireNoSecret(state: ChannelState, entries: readonly DraftEntry[]): void {
  if (entries.some(({ body }) => holdsLiveCode(state, canonicalJson(body))))
    throw new CodedError('SECRET_IN_BODY');
}
