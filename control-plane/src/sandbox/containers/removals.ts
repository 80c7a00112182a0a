import type { BotContainer } from './container.ts';
import type { SandboxLog } from './options.ts';

/** Containers that are being removed: they still take their memory, and so their places. */
export class Removals {
  readonly #underWay = new Map<BotContainer, Promise<void>>();
  readonly #log: SandboxLog;
  readonly #onGone: () => void;

  /** @param onGone told when a place has become free */
  constructor(log: SandboxLog, onGone: () => void) {
    this.#log = log;
    this.#onGone = onGone;
  }

  get size(): number {
    return this.#underWay.size;
  }

  /** Resolves, never rejects, when it is gone or cannot be removed. */
  remove(container: BotContainer): Promise<void> {
    const known = this.#underWay.get(container);
    if (known) return known;
    const removal = this.#remove(container);
    this.#underWay.set(container, removal);
    return removal;
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
  }

  async #remove(container: BotContainer): Promise<void> {
    try {
      await container.remove();
    } catch (error) {
      // The launcher's next sweep takes it: by then nobody knows its name.
      const fields = { container: container.name, error: String(error) };
      this.#log.warn(fields, 'A container was not removed.');
    } finally {
      this.#underWay.delete(container);
      this.#onGone();
    }
  }
}
