const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** Lets a step happen so many times a second at most, and less often while it goes wrong. */
export class Pace {
  readonly #everyMs: number;
  readonly #step: () => void;
  #notBefore = 0;
  #troubleUntil = 0;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(perSecond: number, step: () => void) {
    this.#everyMs = 1000 / perSecond;
    this.#step = step;
  }

  /** Takes the step as soon as its time has come; asking again until then changes nothing. */
  ask(): void {
    this.#timer ??= this.#arm();
  }

  wentWell(): void {
    this.#failures = 0;
  }

  /** What fails while a failure is still waited out is part of the same trouble. */
  wentWrong(): void {
    if (performance.now() < this.#troubleUntil) return;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures++;
    this.#troubleUntil = performance.now() + pause;
    this.#notBefore = this.#troubleUntil;
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): NodeJS.Timeout {
    const wait = Math.max(0, this.#notBefore - performance.now());
    const timer = setTimeout(() => {
      this.#timer = undefined;
      this.#notBefore = performance.now() + this.#everyMs;
      this.#step();
    }, wait);
    timer.unref();
    return timer;
  }
}
