import type { ContainerLimits, Launcher } from '../../launcher/port.ts';
import { BotContainer } from './container.ts';
import { Gate } from './gate.ts';
import { ClosedError } from './no-container.ts';
import type { SandboxEvents } from './options.ts';

/** Starts at once: more would only slow each other down, into their time limits. */
const AT_ONCE = 4;
/** Fifty bots at once are started within it; behind an engine that does not answer nobody waits longer, ms. */
const WAIT_MS = 30_000;

export interface StartsOptions {
  readonly launcher: Launcher;
  readonly startLimitMs: number;
  readonly events: SandboxEvents;
}

/** Starts containers, few at once. */
export class Starts {
  readonly #options: StartsOptions;
  readonly #gate = new Gate(AT_ONCE, WAIT_MS);
  #closed = false;

  constructor(options: StartsOptions) {
    this.#options = options;
  }

  /** True while a start would begin at once. */
  get isOpen(): boolean {
    return this.#gate.isOpen;
  }

  /** @throws {ClosedError}; what `BotContainer.start` throws */
  start(size: ContainerLimits): Promise<BotContainer> {
    return this.#gate.run(() => this.#start(size));
  }

  /** No start begins from now on. */
  close(): void {
    this.#closed = true;
  }

  async #start(size: ContainerLimits): Promise<BotContainer> {
    if (this.#closed) throw new ClosedError();
    const { launcher, startLimitMs, events } = this.#options;
    const from = performance.now();
    try {
      const container = await BotContainer.start(launcher, size, startLimitMs);
      events.containerStart('ok', performance.now() - from);
      return container;
    } catch (error) {
      events.containerStart('failed', performance.now() - from);
      throw error;
    }
  }
}
