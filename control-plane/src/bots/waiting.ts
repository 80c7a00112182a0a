import type { Decide } from '../log/model.ts';
import { serverEntry } from './announce.ts';
import type { BotsOf, RanHook } from './outcome.ts';

/** Attempts after which the channel is told that the bot waits. */
const TELL_AFTER = 3;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

const CAPACITY =
  'All containers are at work. The bot goes on by itself as soon as one is free; nothing is lost.';
const TROUBLE = 'The server cannot run the bot right now and keeps trying.';

/** How often one cause was tried, and what the channel knows of it. */
export class Attempt {
  readonly cause: number | undefined;
  /** Containers lost under it. */
  lost = 0;
  #count = 0;
  #told = false;
  #noCapacity = false;

  constructor(cause?: number) {
    this.cause = cause;
  }

  /** Notes that there was no container to be had: the channel is told at once. */
  noCapacity(): void {
    this.#noCapacity = true;
  }

  /** Notes a failed try: how long to wait, ms, and what to tell the channel now, once for a cause. */
  failed(): { readonly waitMs: number; readonly tell: string | undefined } {
    // Who waited in vain joins those who wait again soon: growing pauses would let newcomers pass by.
    const crowded = this.#noCapacity;
    if (!crowded) this.#count++;
    const tell = !this.#told && (crowded || this.#count >= TELL_AFTER);
    this.#told ||= tell;
    const message = crowded ? CAPACITY : TROUBLE;
    this.#noCapacity = false;
    const grown = Math.min(FIRST_RETRY_MS * 2 ** (this.#count - 1), LAST_RETRY_MS);
    const waitMs = crowded ? FIRST_RETRY_MS : grown;
    return { waitMs, tell: tell ? message : undefined };
  }
}

/** The commit that tells a channel that a bot waits, unless it has gone on by then. */
export function commitWaiting({ bot, pending }: RanHook, message: string): Decide<BotsOf, undefined> {
  const body = { type: 'bot:waiting', bot_id: bot.bot_id, cause: pending.cause, message };
  return (state) => {
    const now = state.bots.find((candidate) => candidate.bot_id === bot.bot_id);
    const waits = state.status === 'open' && now?.pending[0]?.cause === pending.cause;
    return waits ? { draft: { entries: [serverEntry(body)] }, answer: undefined } : { answer: undefined };
  };
}
