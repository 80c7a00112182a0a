const CAP_BYTES = 64 * 1024;
const KEPT_BYTES = 2048;

/** The end of what a runner writes to standard error. It is meant to write nothing there. */
export class StderrTail {
  #kept = Buffer.alloc(0);
  #bytes = 0;

  /** @throws {Error} when it is a flood */
  add(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#bytes > CAP_BYTES) throw new Error('The container floods stderr.');
    this.#kept = Buffer.concat([this.#kept, bytes.subarray(-KEPT_BYTES)]).subarray(-KEPT_BYTES);
  }

  toString(): string {
    return this.#kept.toString('utf8');
  }
}
