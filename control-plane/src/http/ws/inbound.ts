/** Frames that wait to be taken; the line is not read further meanwhile. */
const MOST_WAITING = 32;
/** Characters of them. */
const MOST_WAITING_LENGTH = 128 * 1024;
/** Frames a second, of all kinds; messages have a much lower rate of their own. */
const MOST_A_SECOND = 1_000;

/** What inbound frames are taken from. */
interface Line {
  pause(): void;
  resume(): void;
}

/** Takes an agent's frames one after the other, so that what it says keeps its order. */
export class Inbound {
  readonly #line: Line;
  readonly #take: (text: string) => Promise<void>;
  readonly #onFlood: () => void;
  readonly #now: () => number;
  readonly #waiting: string[] = [];
  #length = 0;
  #running = false;
  #second = 0;
  #count = 0;

  constructor(
    line: Line,
    take: (text: string) => Promise<void>,
    onFlood: () => void,
    now: () => number = () => performance.now(),
  ) {
    this.#line = line;
    this.#take = take;
    this.#onFlood = onFlood;
    this.#now = now;
  }

  /** Counts a frame, of pings and pongs as well. False for one too many. */
  count(): boolean {
    const second = Math.floor(this.#now() / 1_000);
    this.#count = second === this.#second ? this.#count + 1 : 1;
    this.#second = second;
    if (this.#count <= MOST_A_SECOND) return true;
    this.#onFlood();
    return false;
  }

  push(text: string): void {
    if (!this.count()) return;
    this.#waiting.push(text);
    this.#length += text.length;
    if (this.#waiting.length >= MOST_WAITING || this.#length >= MOST_WAITING_LENGTH) this.#line.pause();
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let text = this.#waiting.shift(); text !== undefined; text = this.#waiting.shift()) {
      this.#length -= text.length;
      if (this.#waiting.length === 0) this.#line.resume();
      await this.#take(text);
    }
    this.#running = false;
  }
}
