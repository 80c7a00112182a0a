const FIRST_BYTES = 1024;
const LARGEST_BYTES = 32 * 1024;

/**
 * Bytes that came in pieces. Copies them together, so that many small pieces take no more memory than
 * one large one, and no piece keeps the socket's whole chunk alive.
 */
export class ByteQueue {
  #full: Buffer[] = [];
  #block: Buffer = Buffer.alloc(0);
  #fill = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#fill === this.#block.length) this.#nextBlock(bytes.length - at);
      const copied = bytes.copy(this.#block, this.#fill, at);
      this.#fill += copied;
      at += copied;
    }
    this.#size += bytes.length;
  }

  /** Everything that is held, in one piece. */
  take(): Buffer {
    const last = this.#block.subarray(0, this.#fill);
    // A block that is mostly empty is not handed on: whoever waits for few bytes shall not hold many.
    const alone = this.#full.length === 0 && this.#fill * 2 >= this.#block.length;
    const all = alone ? last : Buffer.concat([...this.#full, last], this.#size);
    this.#full = [];
    this.#block = Buffer.alloc(0);
    this.#fill = 0;
    this.#size = 0;
    return all;
  }

  #nextBlock(wanted: number): void {
    if (this.#fill > 0) this.#full.push(this.#block);
    const grown = this.#block.length === 0 ? FIRST_BYTES : this.#block.length * 2;
    this.#block = Buffer.allocUnsafeSlow(Math.max(wanted, Math.min(grown, LARGEST_BYTES)));
    this.#fill = 0;
  }
}
