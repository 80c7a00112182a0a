import type { JsonObject } from '../kernel/json/value.ts';
import type { HookName, Player } from '../sandbox/port.ts';
import type { ConnectionRecord, Evidence } from './evidence.ts';

/** A hook that is still to run. */
export interface PendingHook {
  /** The entry that causes it. */
  readonly cause: number;
  readonly hook: HookName;
  /** Who sat in the channel when the cause was committed. */
  readonly players: readonly Player[];
}

/** One attachment of a bot to a slot. Another attachment of the same code is another bot. */
export interface BotState {
  readonly bot_id: string;
  readonly slot_id: string;
  readonly name: string;
  readonly version: string;
  /** Unique in the channel, never reused. */
  readonly generation: number;
  /** `builtin://…`, or null for inline code. */
  readonly code_ref: string | null;
  readonly code_hash: string;
  readonly manifest: JsonObject;
  readonly manifest_hash: string;
  readonly params: JsonObject;
  readonly env: Readonly<Record<string, string>>;
  /** 32 bytes, hex: seeds the bot's chance, announced by its hash, revealed at the end. */
  readonly secret: string;
  /** ISO 8601. */
  readonly created_at: string;
  readonly removed: boolean;
  readonly suspended: boolean;
  /** Failed hooks in a row. */
  readonly failures: number;
  /** The newest cause whose hook is done. */
  readonly cursor: number;
  readonly state_version: number;
  /** `sha256:…` of the state's canonical JSON, null before the first. */
  readonly state_hash: string | null;
  /** Bytes of that text; absent before the first, and in channels of before there were quotas. */
  readonly state_bytes?: number;
  /** The runner image that the newest hook ran in, or is announced to run in. */
  readonly runtime: string;
  readonly pending: readonly PendingHook[];
  /** Where its hooks connected to, the newest last; absent before the first. */
  readonly connections?: readonly ConnectionRecord[];
}

/** What its attachment settles about a bot; the rest comes of what happens to it. */
export type AttachedBot = Omit<
  BotState,
  | 'removed'
  | 'suspended'
  | 'failures'
  | 'cursor'
  | 'state_version'
  | 'state_hash'
  | 'state_bytes'
  | 'pending'
  | 'connections'
>;

/** Entries a bot may be behind with before posts are refused. */
export const MAX_PENDING = 100;
/** Connections of a bot that its state remembers; the log has all that were kept. */
const MAX_CONNECTIONS = 20;
/** Failed hooks in a row that suspend a bot. */
export const MAX_FAILURES = 5;

/** What a hook's end leaves in the log, beside the entries. */
export type HookFact = Evidence & {
  readonly bot_id: string;
  readonly generation: number;
  readonly cause: number;
  readonly hook: HookName;
  readonly outcome: 'ok' | 'bot_failed';
  readonly reason: string | null;
  readonly state_before: string | null;
  readonly state_after: string | null;
  readonly state_version: number;
  /** Of a state that is new. */
  readonly state_bytes?: number;
  readonly entry_ids: readonly number[];
  readonly runtime: string;
  readonly suspends: boolean;
};

/** True when the bot takes part: neither removed nor suspended. */
export function isActive(bot: BotState): boolean {
  return !bot.removed && !bot.suspended;
}

/** The bot with one more hook to run. */
export function enqueue(bot: BotState, pending: PendingHook): BotState {
  return isActive(bot) ? { ...bot, pending: [...bot.pending, pending] } : bot;
}

/** The bot after a hook's end. A suspended bot lets the entries that still waited pass by. */
export function applyHook(bot: BotState, fact: HookFact): BotState {
  const failed = fact.outcome === 'bot_failed';
  return {
    ...bot,
    cursor: fact.cause,
    pending: fact.suspends ? [] : bot.pending.filter((pending) => pending.cause !== fact.cause),
    failures: failed ? bot.failures + 1 : 0,
    suspended: fact.suspends,
    state_version: fact.state_version,
    state_hash: fact.state_after,
    ...(fact.state_bytes === undefined ? {} : { state_bytes: fact.state_bytes }),
    ...(fact.connections === undefined
      ? {}
      : { connections: [...(bot.connections ?? []), ...fact.connections].slice(-MAX_CONNECTIONS) }),
  };
}
