import type { AttachedBot, HookFact } from '../bots/state.ts';
import type { Json } from '../kernel/json/value.ts';
import type { LoopGuard } from './state.ts';

/** What a channel's commits hold beside the entries: the private part, by type. */
export interface ChannelFacts {
  channel_created: {
    readonly name: string;
    readonly account: string;
    readonly created_at: string;
    readonly slots: readonly { readonly kind: 'bot' | 'invite'; readonly label: string }[];
    readonly visibility: 'private' | 'listed';
    readonly bots_policy: 'frozen' | 'open';
    readonly strict_seats: boolean;
    readonly invite_ttl_s: number | null;
    readonly loop_guard: LoopGuard;
  };
  invite_issued: {
    readonly slot_id: string;
    readonly issue: number;
    readonly hash: string;
    readonly expires_at: number | null;
  };
  invite_revoked: { readonly slot_id: string };
  tenure_opened: {
    readonly slot_id: string;
    readonly k: number;
    readonly account: string;
    readonly admin: boolean;
    readonly issue: number;
    readonly joined_at: number;
    /** Id of the seat:joined entry. */
    readonly entry: number;
  };
  tenure_closed: { readonly slot_id: string; readonly k: number; readonly entry: number };
  handle_made: {
    readonly slot_id: string;
    readonly k: number;
    readonly hash: string;
    /** True when the handles before it end. */
    readonly rotates: boolean;
  };
  seat_moved: { readonly slot_id: string; readonly k: number; readonly account: string };
  admin_set: { readonly slot_id: string; readonly k: number; readonly admin: boolean };
  bot_attached: AttachedBot & {
    /** Id of the bot:attach entry, which causes on_init. */
    readonly entry: number;
    /** Of its source; not in facts of before there were quotas. */
    readonly source_bytes?: number;
  };
  bot_removed: { readonly bot_id: string };
  bot_resumed: { readonly bot_id: string };
  bot_runtime: { readonly bot_id: string; readonly runtime: string };
  hook: HookFact;
  renamed: { readonly name: string };
  visibility_set: { readonly visibility: 'private' | 'listed' };
  channel_closed: Record<never, never>;
  channel_deleted: Record<never, never>;
  /** It was moved into a file whose items hash to this: like deleted, but it may come back. */
  channel_archived: { readonly sha256: string };
  /** Its commits are back from the file. */
  channel_restored: Record<never, never>;
  remembered: { readonly scope: string; readonly key: string; readonly args: string; readonly result: Json };
}

export type FactType = keyof ChannelFacts;

/** Types a fact by its name. */
export function fact<T extends FactType>(
  type: T,
  content: ChannelFacts[T],
): { readonly type: T } & ChannelFacts[T] {
  return { type, ...content };
}
