import { seedEntry, serverEntry } from '../bots/announce.ts';
import type { StoreContents } from '../archive/contents.ts';
import type { Summary } from '../archive/tally.ts';
import { CodedError } from '../kernel/errors.ts';
import { isJsonObject } from '../kernel/json/value.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Leases } from '../leases/leases.ts';
import { decodeCommit } from '../log/codec.ts';
import type { Decision, Position } from '../log/model.ts';
import type { StoredCommit } from '../log/store.ts';
import type { Streams } from '../log/streams.ts';
import { eraseHistory } from './erase.ts';
import { fact } from './facts.ts';
import { TOMBSTONE_TAG } from '../log/tombstone.ts';
import type { ChannelState } from './state.ts';

/** Channels that are looked at in one round. */
const PAGE = 50;
const CHANNEL = /^chn_/;
/** What members see of a channel that is closed for its age. */
const CLOSED = 'close_applied';
const REASON = 'retention';

export interface RetentionOptions {
  readonly streams: Streams<ChannelState>;
  readonly contents: StoreContents;
  readonly leases: Leases;
  /** How long a channel stays in which nothing happens, ms. */
  readonly keepMs: number;
  /** Writes a channel up to this commit into a file of its own, and reads it back. */
  readonly archive: (channelId: string, last: number) => Promise<Summary & { readonly file: string }>;
  readonly log: Logger;
}

/** Closes, archives and forgets channels in which nothing has happened for long, a few at a time. */
export class Retention {
  readonly #options: RetentionOptions;
  #after: string | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /**
   * Looks at the next channels. A channel that cannot be archived is logged, and stays.
   *
   * @param now ms since the epoch
   * @returns how many were archived
   * @throws STORE_UNAVAILABLE
   */
  async round(now: number): Promise<number> {
    const { contents, log } = this.#options;
    const page = await contents.streams(this.#after, PAGE);
    this.#after = page.length < PAGE ? undefined : page.at(-1);
    let archived = 0;
    for (const channelId of page.filter((stream) => CHANNEL.test(stream))) {
      try {
        if (await this.#archiveIfOld(channelId, now)) archived++;
      } catch (error) {
        if (error instanceof CodedError) throw error;
        log.error({ err: error, channel: channelId }, 'an old channel could not be archived');
      }
    }
    return archived;
  }

  async #archiveIfOld(channelId: string, now: number): Promise<boolean> {
    const { streams, leases, keepMs, archive, log } = this.#options;
    const head = await streams.store.head(channelId);
    if (!head || head.tags.includes(TOMBSTONE_TAG)) return false;
    if (now - head.at < keepMs && !isClosedByRetention(head)) return false;
    // Of several servers one does it: the one that would run the channel's hooks.
    if (!(await leases.hold(channelId))) return false;
    if (!(await streams.submit(channelId, closing(head.n + 1)))) return false;
    const { folded } = await streams.open(channelId);
    const { file, sha256 } = await archive(channelId, folded.n);
    if (!(await streams.submit(channelId, tombstone(folded.n + 1, sha256)))) return false;
    if (!streams.shared) await eraseHistory(streams, channelId);
    log.info({ channel: channelId, file }, 'an old channel was archived');
    return true;
  }
}

/** True where the channel was closed to be archived, and that was cut short, or its file could not be written. */
function isClosedByRetention(head: StoredCommit): boolean {
  return decodeCommit(head).entries.some(
    ({ sender_kind, body }) =>
      sender_kind === 'server' && isJsonObject(body) && body['type'] === CLOSED && body['reason'] === REASON,
  );
}

/** Closes a channel that is still open, visibly, unless something has happened in it after all. */
function closing(n: number) {
  return (state: ChannelState, position: Position): Decision<boolean> => {
    if (position.n !== n || state.status !== 'open')
      return { answer: position.n === n && state.status === 'closed' };
    const bots = state.bots.filter((bot) => !bot.removed);
    const entries = [serverEntry({ type: CLOSED, reason: REASON }), ...bots.map(seedEntry)];
    return { draft: { entries, facts: [fact('channel_closed', {})] }, answer: true };
  };
}

/** What is left of an archived channel, unless more was written than its archive holds. */
function tombstone(n: number, sha256: string) {
  return (state: ChannelState, position: Position): Decision<boolean> => {
    if (state.status !== 'closed' || position.n !== n) return { answer: false };
    return { draft: { facts: [fact('channel_archived', { sha256 })] }, answer: true };
  };
}
