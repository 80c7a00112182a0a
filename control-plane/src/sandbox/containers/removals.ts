import { persist } from '../../kernel/persist.ts';
import type { BotContainer } from './container.ts';
import type { SandboxLog } from './options.ts';

const PAUSE_MS = 1000;

/** A removal; `tried` resolves when it is gone or the first attempt has failed. */
interface Removal {
  readonly tried: Promise<void>;
  readonly ended: Promise<void>;
}

/** Containers that are being removed: they still take their memory, and so their places, until they are gone. */
export class Removals {
  readonly #underWay = new Map<BotContainer, Removal>();
  readonly #log: SandboxLog;
  readonly #onGone: () => void;
  readonly #stop = new AbortController();

  /** @param onGone told when a place has become free */
  constructor(log: SandboxLog, onGone: () => void) {
    this.#log = log;
    this.#onGone = onGone;
  }

  get size(): number {
    return this.#underWay.size;
  }

  /** Resolves, never rejects, when it is gone; where it cannot be removed now, that is tried on. */
  remove(container: BotContainer): Promise<void> {
    const known = this.#underWay.get(container);
    if (known) return known.tried;
    const { promise: tried, resolve } = Promise.withResolvers<void>();
    const ended = this.#remove(container, resolve);
    this.#underWay.set(container, { tried, ended });
    return tried;
  }

  /** Resolves when none is under way; each is tried once more at most. */
  async settled(): Promise<void> {
    this.#stop.abort();
    while (this.#underWay.size > 0) await Promise.all([...this.#underWay.values()].map(({ ended }) => ended));
  }

  async #remove(container: BotContainer, tried: () => void): Promise<void> {
    let failures = 0;
    const onFailure = (error: unknown) => {
      const fields = { container: container.name, error: String(error) };
      if (failures++ === 0) this.#log.warn(fields, 'A container was not removed.');
      tried();
    };
    await persist(() => container.remove(), { pauseMs: PAUSE_MS, signal: this.#stop.signal, onFailure });
    this.#underWay.delete(container);
    tried();
    this.#onGone();
  }
}
