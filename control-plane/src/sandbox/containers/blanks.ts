import type { ContainerLimits } from '../../launcher/port.ts';
import type { BotContainer } from './container.ts';
import { Pace } from './pace.ts';

export interface BlanksOptions {
  /** How many are kept ready. */
  readonly count: number;
  readonly size: ContainerLimits;
  /** Starts a second, at most. */
  readonly refillPerS: number;
  readonly start: (size: ContainerLimits) => Promise<BotContainer>;
  readonly remove: (container: BotContainer) => Promise<void>;
  /** Whether one more may be started now: bots come first. */
  readonly mayStart: () => boolean;
  /** Told when one became ready, or one less is there. */
  readonly onChange: () => void;
}

/** One that is on its way; whoever takes it before it is ready gets the promise. */
interface Coming {
  readonly container: Promise<BotContainer>;
}

/** A blank container, handed over: nobody else can get it. */
export interface TakenBlank {
  readonly wasReady: boolean;
  readonly container: Promise<BotContainer>;
}

/** Containers that run and have greeted, with nothing loaded: each waits for its first and only bot. */
export class Blanks {
  readonly #options: BlanksOptions;
  readonly #pace: Pace;
  readonly #ready = new Set<BotContainer>();
  readonly #coming = new Set<Coming>();
  #closed = false;

  constructor(options: BlanksOptions) {
    this.#options = options;
    this.#pace = new Pace(options.refillPerS, () => this.#startOne());
  }

  get ready(): number {
    return this.#ready.size;
  }

  get starting(): number {
    return this.#coming.size;
  }

  /** The one that is ready for longest, else the one that has been starting for longest. */
  take({ memoryBytes, processes }: ContainerLimits): TakenBlank | undefined {
    const { size } = this.#options;
    if (size.memoryBytes !== memoryBytes || size.processes !== processes) return undefined;
    for (const container of this.#ready) {
      this.#ready.delete(container);
      if (!container.isLost) return { wasReady: true, container: Promise.resolve(container) };
      void this.#options.remove(container);
    }
    const [coming] = this.#coming;
    if (!coming) return undefined;
    this.#coming.delete(coming);
    return { wasReady: false, container: coming.container };
  }

  /** Removes one that is ready, to make room. @returns false if there is none */
  giveWay(): boolean {
    const [container] = this.#ready;
    if (!container) return false;
    this.#ready.delete(container);
    void this.#options.remove(container);
    return true;
  }

  /** Starts what is missing, at its pace; to be called whenever something has changed. */
  refill(): void {
    if (this.#isWanted()) this.#pace.ask();
  }

  /** Removes those that are ready; those on their way are removed when they come. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#pace.stop();
    while (this.giveWay());
    await Promise.allSettled([...this.#coming].map(({ container }) => container));
  }

  #isWanted(): boolean {
    const { count, mayStart } = this.#options;
    return !this.#closed && this.#ready.size + this.#coming.size < count && mayStart();
  }

  #startOne(): void {
    if (!this.#isWanted()) return;
    const coming = { container: this.#options.start(this.#options.size) };
    this.#coming.add(coming);
    void coming.container.then(
      (container) => this.#arrived(coming, container),
      () => this.#failed(coming),
    );
    this.refill();
  }

  #arrived(coming: Coming, container: BotContainer): void {
    this.#pace.wentWell();
    if (!this.#coming.delete(coming)) return;
    if (this.#closed) {
      void this.#options.remove(container);
      return;
    }
    this.#ready.add(container);
    void container.lost.then(() => this.#onLost(container));
    this.#options.onChange();
  }

  #failed(coming: Coming): void {
    this.#pace.wentWrong();
    this.#coming.delete(coming);
    this.#options.onChange();
  }

  #onLost(container: BotContainer): void {
    if (!this.#ready.delete(container)) return;
    this.#pace.wentWrong();
    void this.#options.remove(container);
    this.#options.onChange();
  }
}
