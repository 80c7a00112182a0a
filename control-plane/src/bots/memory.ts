import type { CommitStore } from '../log/store.ts';
import type { BotProgram, HookLimits } from '../sandbox/port.ts';
import { type RanHook, stateScope } from './outcome.ts';
import { networkOf } from './network.ts';
import { groupOf, programKey } from './prepare.ts';

/** Bots whose source and state are kept at hand. */
const MAX_BOTS = 256;
/** UTF-16 units that these take together: a state may be 1 MiB, and anyone may bring bots. */
const MAX_UNITS = 32 * 1024 * 1024;

interface Held {
  readonly source?: string;
  readonly state?: { readonly version: number; readonly text: string };
}

/** Reads bots' sources and states from the store, and keeps the newest at hand. */
export class BotMemory {
  readonly #store: CommitStore;
  /** In order of last use. */
  readonly #held = new Map<string, Held>();
  #units = 0;

  constructor(store: CommitStore) {
    this.#store = store;
  }

  /** What a container needs to run the bot. */
  async program(ran: RanHook, limits: HookLimits): Promise<BotProgram> {
    const { channel_id, owner, bot } = ran;
    const key = programKey(channel_id, bot.bot_id);
    const source =
      this.#held.get(key)?.source ?? (await sourceOf(this.#store, channel_id, bot.generation, bot.code_hash));
    this.#hold(key, { source });
    return {
      key,
      source,
      codeHash: bot.code_hash,
      params: bot.params,
      env: bot.env,
      limits,
      network: networkOf(bot.manifest),
      group: groupOf(owner),
    };
  }

  /** The state that the hook starts from, as canonical JSON; null before the first. */
  async state(ran: RanHook): Promise<string | null> {
    const { state_version: version, state_hash: hash } = ran.bot;
    if (hash === null) return null;
    const key = programKey(ran.channel_id, ran.bot.bot_id);
    const held = this.#held.get(key)?.state;
    if (held?.version === version) return held.text;
    const text = await this.#store.attachment(stateScope(ran), version, hash);
    if (text === undefined) throw new Error(`State ${version} of ${stateScope(ran)} is missing.`);
    this.#hold(key, { state: { version, text } });
    return text;
  }

  /** Keeps the state that a hook just set. */
  remember(ran: RanHook, text: string): void {
    const state = { version: ran.bot.state_version + 1, text };
    this.#hold(programKey(ran.channel_id, ran.bot.bot_id), { state });
  }

  /** Keeps what is new of a bot; those not used for longest go until the rest is within bounds. */
  #hold(key: string, news: Held): void {
    const held = { ...this.#held.get(key), ...news };
    this.#drop(key);
    this.#held.set(key, held);
    this.#units += unitsOf(held);
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= MAX_BOTS && this.#units <= MAX_UNITS) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const held = this.#held.get(key);
    if (!held) return;
    this.#units -= unitsOf(held);
    this.#held.delete(key);
  }
}

function unitsOf({ source, state }: Held): number {
  return (source?.length ?? 0) + (state?.text.length ?? 0);
}

/** Scope of the sources of a channel's bots, by generation. They are kept as long as the channel. */
export function sourceScope(channelId: string): string {
  return `${channelId}/code`;
}

/** The exact source of a bot, removed ones included. */
export async function sourceOf(
  store: CommitStore,
  channelId: string,
  generation: number,
  codeHash: string,
): Promise<string> {
  const source = await store.attachment(sourceScope(channelId), generation, codeHash);
  if (source === undefined)
    throw new Error(`The source of generation ${generation} of ${channelId} is missing.`);
  return source;
}
