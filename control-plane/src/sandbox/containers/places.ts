import { FairQueue } from './fair-queue.ts';

/** No container can be had: all are at work, and the wait for a turn was in vain. */
export class NoCapacityError extends Error {
  override readonly name = 'NoCapacityError';
}

/** More than wait at once are turned away: their wait would be in vain anyway. */
const MAX_WAITING = 500;

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

export interface PlacesOptions {
  /** Containers at once, those that are starting or being removed included. */
  readonly max: number;
  /** How long somebody waits for a place, ms. */
  readonly waitMs: number;
  /** Told when somebody waits for whom no place is about to come free. */
  readonly onShort: () => void;
}

/** The cap on containers: who wants one takes a place first, and waits in turns where there is none. */
export class Places {
  readonly #options: PlacesOptions;
  readonly #queue = new FairQueue<Waiter>();
  #taken = 0;

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Takes a place only if there is one that nobody waits for. */
  tryTake(): boolean {
    if (this.#taken >= this.#options.max) return false;
    this.#taken++;
    return true;
  }

  /**
   * Takes a place, waiting in turn with the others of its group.
   *
   * @throws {NoCapacityError} after the wait, or at once if too many wait already
   */
  take(group: string): Promise<void> {
    if (this.tryTake()) return Promise.resolve();
    if (this.#queue.size >= MAX_WAITING) return Promise.reject(new NoCapacityError('Too many bots wait.'));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#queue.remove(group, waiter);
        reject(new NoCapacityError(`All ${this.#options.max} containers are at work.`));
      }, this.#options.waitMs);
      const waiter: Waiter = {
        resolve: () => (clearTimeout(timer), resolve()),
        reject: (error) => (clearTimeout(timer), reject(error)),
      };
      this.#queue.push(group, waiter);
      this.#options.onShort();
    });
  }

  /** Gives a place back: to the next in turn, where somebody waits. */
  giveBack(): void {
    const next = this.#queue.shift();
    if (next) next.resolve();
    else this.#taken--;
  }

  /** Turns away everybody who waits. */
  close(): void {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift())
      next.reject(new NoCapacityError('The sandbox is closed.'));
  }
}
