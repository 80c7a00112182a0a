import { bytesOf } from '../../kernel/answer-size.ts';
import type { AgentDeps } from '../deps.ts';
import { type Agent, DIRECTORY } from '../directory/state.ts';
import { readBody } from '../messages/body.ts';
import { messageId } from '../messages/message-id.ts';
import { ALL } from '../names.ts';
import type { Envelope } from '../operations.ts';
import { writeCursor } from './cursor.ts';
import { type Incoming, merged } from './merged.ts';
import type { Place } from './state.ts';

/** A message with the cursor that acknowledges it. */
export type Delivered = Envelope & { readonly cursor: string };

/** What an agent finds after a place. */
export interface Found {
  readonly messages: readonly Delivered[];
  /** Behind all that was looked at. */
  readonly place: Place;
  readonly hasMore: boolean;
}

/** How much may be found: messages, and bytes of them as JSON. The first is always found. */
export interface Most {
  readonly limit: number;
  readonly bytes: number;
}

/** Messages after a place, without waiting. */
export async function look(deps: AgentDeps, agent: Agent, from: Place, most: Most): Promise<Found> {
  const now = deps.clock.now();
  const messages: Delivered[] = [];
  let place = from;
  let left = most.bytes;
  for await (const incoming of merged(deps, agent, from)) {
    const envelope = envelopeOf(incoming, agent, now);
    left -= envelope ? bytesOf(envelope) : 0;
    const isFull = messages.length === most.limit || (left < 0 && messages.length > 0);
    if (envelope && isFull) return { messages, place, hasMore: true };
    place = { ...place, [incoming.from]: incoming.entry.id };
    if (envelope) messages.push({ ...envelope, cursor: writeCursor(place) });
  }
  return { messages, place, hasMore: false };
}

/** A message as its recipient sees it; undefined for one that has ended, and for a broadcast of its own. */
function envelopeOf({ from, entry }: Incoming, agent: Agent, now: number): Envelope | undefined {
  const { message, sender, expires_at } = readBody(entry);
  if (from === 'broadcast' && sender === agent.inbox) return undefined;
  if (expires_at !== undefined && expires_at <= now) return undefined;
  return {
    message_id: messageId(from === 'direct' ? agent.inbox : DIRECTORY, entry.id),
    from: entry.sender,
    to: from === 'direct' ? agent.agent_id : ALL,
    type: entry.kind,
    message,
    ts: entry.ts,
    ...(expires_at === undefined ? {} : { expires_at: new Date(expires_at).toISOString() }),
  };
}
