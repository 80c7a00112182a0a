import type { CommitStore } from '../log/store.ts';
import type { BotProgram, HookLimits } from '../sandbox/port.ts';
import { type RanHook, stateScope } from './outcome.ts';
import { programKey } from './prepare.ts';

/** Bots whose source and state are kept at hand. */
const MAX_BOTS = 256;

interface Held {
  source?: string;
  state?: { readonly version: number; readonly text: string };
}

/** Reads bots' sources and states from the store, and keeps the newest at hand. */
export class BotMemory {
  readonly #store: CommitStore;
  readonly #held = new Map<string, Held>();

  constructor(store: CommitStore) {
    this.#store = store;
  }

  /** What a container needs to run the bot. */
  async program(ran: RanHook, limits: HookLimits): Promise<BotProgram> {
    const { channel_id, bot } = ran;
    const key = programKey(channel_id, bot.bot_id);
    const held = this.#hold(key);
    held.source ??= await sourceOf(this.#store, channel_id, bot.generation, bot.code_hash);
    return { key, source: held.source, codeHash: bot.code_hash, params: bot.params, env: bot.env, limits };
  }

  /** The state that the hook starts from, as canonical JSON; null before the first. */
  async state(ran: RanHook): Promise<string | null> {
    const { state_version: version, state_hash: hash } = ran.bot;
    if (hash === null) return null;
    const held = this.#hold(programKey(ran.channel_id, ran.bot.bot_id));
    if (held.state?.version === version) return held.state.text;
    const text = await this.#store.attachment(stateScope(ran), version, hash);
    if (text === undefined) throw new Error(`State ${version} of ${stateScope(ran)} is missing.`);
    held.state = { version, text };
    return text;
  }

  /** Keeps the state that a hook just set. */
  remember(ran: RanHook, text: string): void {
    this.#hold(programKey(ran.channel_id, ran.bot.bot_id)).state = {
      version: ran.bot.state_version + 1,
      text,
    };
  }

  #hold(key: string): Held {
    const held = this.#held.get(key) ?? {};
    this.#held.delete(key);
    this.#held.set(key, held);
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= MAX_BOTS) break;
      this.#held.delete(oldest);
    }
    return held;
  }
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
