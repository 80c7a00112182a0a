import type { Json, JsonObject } from '../kernel/json/value.ts';

/** Who wrote an entry, as the server knows it. */
export type SenderKind = 'member' | 'bot' | 'server';

/** What members see. Ids are contiguous in a stream, from 1. */
export interface Entry {
  readonly id: number;
  readonly channel_id: string;
  /** A slot id, a bot's id, or `system`. */
  readonly sender: string;
  readonly sender_kind: SenderKind;
  readonly kind: string;
  readonly body: Json;
  /** The commit's time, ISO 8601 with milliseconds. */
  readonly ts: string;
  /** The only slot that may see it, besides its sender. */
  readonly to_slot?: string;
  /** 16 random bytes, hex: blinds the entry's commitment. */
  readonly salt: string;
}

/** What only the fold sees. */
export interface Fact extends JsonObject {
  readonly type: string;
  /** The fact takes effect before the entry of this id, after the one below it. */
  readonly before: number;
  /** 16 random bytes, hex. */
  readonly salt: string;
}

/** One atomic step of a stream. */
export interface Commit {
  readonly stream: string;
  /** Counts commits from 0 without gaps. */
  readonly n: number;
  /** 128 random bits of the writer, hex: tells a commit of ours from another's under the same key. */
  readonly id: string;
  /** The id that the next entry takes, counted before this commit's own entries. */
  readonly first: number;
  /** ms since the epoch, never less than the commit's before. */
  readonly at: number;
  readonly entries: readonly Entry[];
  readonly facts: readonly Fact[];
  /** The entry whose hook this commit is the effect of. */
  readonly cause?: number;
  readonly tags: readonly string[];
}
