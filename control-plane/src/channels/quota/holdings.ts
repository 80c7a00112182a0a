import type { JsonObject } from '../../kernel/json/value.ts';
import type { Entry } from '../../log/commit.ts';
import type { ChannelState } from '../state.ts';

/** What an entry or a fact takes beside what it says: keys, salts, indexes. */
const OVERHEAD_BYTES = 1_024;

/** What an account has made that is still there. */
export interface Holdings {
  /** Open channels. */
  readonly channels: number;
  /** Bots in them. */
  readonly bots: number;
  /** Of open and closed channels: entries, bots' sources and newest states. */
  readonly bytes: number;
}

export const NOTHING: Holdings = { channels: 0, bots: 0, bytes: 0 };

export function sum(a: Holdings, b: Holdings): Holdings {
  return { channels: a.channels + b.channels, bots: a.bots + b.bots, bytes: a.bytes + b.bytes };
}

/** What a channel counts for, to the account that made it. */
export function holdingsOf(state: ChannelState): Holdings {
  if (state.status === 'absent' || state.status === 'deleted') return NOTHING;
  const open = state.status === 'open';
  return {
    channels: open ? 1 : 0,
    bots: open ? state.bots.filter((bot) => !bot.removed).length : 0,
    bytes: state.stored_bytes + state.bots.reduce((bytes, bot) => bytes + (bot.state_bytes ?? 0), 0),
  };
}

/** Bytes that an entry counts for. */
export function bytesOfEntry({ body }: Pick<Entry, 'body'>): number {
  return OVERHEAD_BYTES + Buffer.byteLength(JSON.stringify(body));
}

/** Bytes that a fact counts for; the source of a bot is kept with the fact that attaches it. */
export function bytesOfFact(fact: JsonObject): number {
  const source = fact['type'] === 'bot_attached' ? fact['source_bytes'] : undefined;
  return OVERHEAD_BYTES + (typeof source === 'number' ? source : 0);
}
