import type { CleanBody } from './wire.ts';

/** How long after a call's result its clean frame may take, ms. */
const LIMIT_MS = 2000;

/** The time between a call's result and its clean frame, in which nothing more can be asked for. */
export class Clearing {
  readonly #nonce: Buffer;
  readonly #timer: NodeJS.Timeout;
  readonly #done = Promise.withResolvers<void>();

  /** @param onLate told if the frame does not come in time */
  constructor(nonce: Buffer, onLate: () => void) {
    this.#nonce = nonce;
    this.#timer = setTimeout(onLate, LIMIT_MS);
  }

  /** Resolves, never rejects, when it is over, well or not. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** @throws {Error} if the frame is not that of this call */
  end(clean: CleanBody | undefined): CleanBody {
    if (!clean?.nonce.equals(this.#nonce)) throw new Error('A clean frame is wrong.');
    this.abandon();
    return clean;
  }

  /** Waits no longer. */
  abandon(): void {
    clearTimeout(this.#timer);
    this.#done.resolve();
  }
}
