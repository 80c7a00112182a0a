/** A server takes no thousand frames in a second; each acknowledgement holds for all messages before it, ms. */
const INTERVAL_MS = 20;

/** Sends the first acknowledgement at once, and of those that follow soon only the last. */
export class Acknowledgements {
  readonly #send: (cursor: string) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waiting: string | undefined;

  constructor(send: (cursor: string) => void) {
    this.#send = send;
  }

  add(cursor: string): void {
    this.#waiting = cursor;
    if (this.#timer === undefined) this.#next();
  }

  /** Sends what waits. */
  end(): void {
    clearTimeout(this.#timer);
    if (this.#waiting !== undefined) this.#send(this.#waiting);
    this.#waiting = undefined;
  }

  #next(): void {
    this.#timer = undefined;
    if (this.#waiting === undefined) return;
    this.#send(this.#waiting);
    this.#waiting = undefined;
    this.#timer = setTimeout(() => this.#next(), INTERVAL_MS);
  }
}
