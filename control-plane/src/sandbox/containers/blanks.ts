import type { ContainerLimits } from '../../launcher/port.ts';
import type { BotContainer } from './container.ts';
import type { Places } from './places.ts';

const LAST_PAUSE_MS = 30_000;

export interface BlanksOptions {
  /** Blank containers to keep ready. */
  readonly size: number;
  /** Starts a second at most. */
  readonly refillPerS: number;
  /** What blank containers are made with; a bot with other limits cannot take one. */
  readonly limits: ContainerLimits;
  readonly places: Places;
  start(limits: ContainerLimits): Promise<BotContainer>;
  /** Removes a container and gives its place back. */
  remove(container: BotContainer): Promise<void>;
}

/**
 * Containers that are started and greeted and hold nothing of anyone's: the first bot that comes takes
 * one for good. They are made one by one, while there is room, and never while somebody waits.
 */
export class Blanks {
  readonly #options: BlanksOptions;
  readonly #ready: BotContainer[] = [];
  #timer: NodeJS.Timeout | undefined;
  #starting: Promise<void> | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: BlanksOptions) {
    this.#options = options;
    this.#plan(0);
  }

  get count(): number {
    return this.#ready.length;
  }

  get starting(): number {
    return this.#starting ? 1 : 0;
  }

  /** Hands one over, with its place; undefined where none fits. */
  claim(limits: ContainerLimits): BotContainer | undefined {
    const own = this.#options.limits;
    if (limits.memoryBytes !== own.memoryBytes || limits.processes !== own.processes) return undefined;
    const container = this.#ready.shift();
    this.#plan(this.#pauseMs);
    return container;
  }

  /** Gives one up for somebody whom it does not fit; false where there is none. */
  yieldOne(): boolean {
    const container = this.#ready.shift();
    if (container) void this.#options.remove(container);
    return container !== undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#starting;
    await Promise.all(this.#ready.splice(0).map((container) => this.#options.remove(container)));
  }

  get #pauseMs(): number {
    return Math.min((1000 / this.#options.refillPerS) * 2 ** this.#failures, LAST_PAUSE_MS);
  }

  #plan(pauseMs: number): void {
    if (this.#closed || this.#timer || this.#starting || this.#ready.length >= this.#options.size) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#starting = this.#fill().finally(() => {
        this.#starting = undefined;
        this.#plan(this.#pauseMs);
      });
    }, pauseMs);
    this.#timer.unref();
  }

  async #fill(): Promise<void> {
    const { places, limits } = this.#options;
    if (!places.tryTake()) return;
    try {
      this.#keep(await this.#options.start(limits));
      this.#failures = 0;
    } catch {
      places.giveBack();
      this.#failures = Math.min(this.#failures + 1, 10);
    }
  }

  /** One that dies before a bot has it is removed, and another takes its place. */
  #keep(container: BotContainer): void {
    this.#ready.push(container);
    void container.lost.then(() => {
      const at = this.#ready.indexOf(container);
      if (at < 0) return;
      this.#ready.splice(at, 1);
      void this.#options.remove(container);
      this.#plan(this.#pauseMs);
    });
  }
}
