import type { HeldAttachment, StoreContents } from '../../control-plane/src/archive/contents.ts';
import { canonicalJson } from '../../control-plane/src/kernel/json/canonical.ts';
import { sha256Label } from '../../control-plane/src/kernel/hash.ts';
import type { CommitStore } from '../../control-plane/src/log/store.ts';
import { attachment } from '../storage/contract/samples.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { storeWith } from '../support/store-with.ts';

export const STREAM = 'chn_moving';

/** What a hook does with its bot's state, or `attach`: another bot comes. */
export type Step = readonly [bot: number, does: 'A' | 'B' | 'keep' | 'attach'];

interface Bot {
  readonly generation: number;
  version: number;
  text: string | null;
}

/** A channel whose bots change their states while it is read. */
export class MovingStream {
  readonly #store = new MemoryStore();
  /** What the stream refers to after each commit. */
  readonly references: HeldAttachment[][] = [];
  readonly #bots: Bot[] = [];
  readonly #steps: Step[];
  readonly #before: () => number;
  #held: HeldAttachment[] = [];

  /** @param before how many steps happen before the store answers the next question */
  constructor(steps: readonly Step[], before: () => number) {
    this.#steps = [...steps];
    this.#before = before;
  }

  get commits(): CommitStore {
    const head = async (stream: string) => {
      await this.#goOn();
      return this.#store.head(stream);
    };
    return storeWith(this.#store, { head });
  }

  /** Attachments, one to a page, so that anything may happen between two. */
  get contents(): Pick<StoreContents, 'attachments'> {
    return {
      attachments: async (_stream, after) => {
        await this.#goOn();
        const sorted = this.#held.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
        return sorted.filter((held) => after === undefined || order(held) > order(after)).slice(0, 1);
      },
    };
  }

  async #goOn(): Promise<void> {
    for (let count = this.#before(); count > 0; count--) await this.step();
  }

  async step(): Promise<void> {
    const [which, does] = this.#steps.shift() ?? [0, 'none'];
    if (does === 'none') return;
    const bot = this.#bots[which % Math.max(this.#bots.length, 1)];
    if (does === 'attach' || !bot) await this.#attach();
    else await this.#hook(bot, does);
  }

  async #attach(): Promise<void> {
    const generation = this.#bots.length;
    const source = attachment(`${STREAM}/code`, generation, `source ${generation}`);
    this.#bots.push({ generation, version: 0, text: null });
    this.#held.push(source);
    await this.#append({ type: 'bot_attached', generation, code_hash: source.hash });
  }

  async #hook(bot: Bot, does: 'A' | 'B' | 'keep'): Promise<void> {
    const before = bot.text;
    if (does !== 'keep') {
      bot.version++;
      bot.text = does;
      const oldest = bot.version - 1;
      this.#held = this.#held.filter(({ scope, version }) => scope !== scopeOf(bot) || version >= oldest);
      this.#held.push(attachment(scopeOf(bot), bot.version, does));
    }
    const hash = (text: string | null) => (text === null ? null : sha256Label(text));
    await this.#append({
      type: 'hook',
      bot_id: botId(bot),
      state_before: hash(before),
      state_after: hash(bot.text),
      state_version: bot.version,
    });
  }

  async #append(fact: Readonly<Record<string, string | number | null>>): Promise<void> {
    const n = this.references.length;
    const scalars = { stream: STREAM, n, id: `id-${n}`, at: n, tags: [] };
    this.references.push(
      this.#bots.flatMap((bot) => [
        attachment(`${STREAM}/code`, bot.generation, `source ${bot.generation}`),
        ...(bot.text === null ? [] : [attachment(scopeOf(bot), bot.version, bot.text)]),
      ]),
    );
    await this.#store.append({
      ...scalars,
      payload: canonicalJson({ ...scalars, first: 1, entries: [], facts: [{ ...fact, before: 1 }] }),
    });
  }
}

function botId({ generation }: Bot): string {
  return `bot_x_${generation}`;
}

function scopeOf(bot: Bot): string {
  return `${STREAM}/${botId(bot)}`;
}

function order({ scope, version, hash }: Pick<HeldAttachment, 'scope' | 'version' | 'hash'>): string {
  return `${scope} ${String(version).padStart(6, '0')} ${hash}`;
}
