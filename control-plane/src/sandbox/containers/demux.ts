const HEADER_BYTES = 8;
const STDOUT = 1;
const STDERR = 2;

/** Where the two outputs of a container go, in pieces, as they arrive. */
export interface Outputs {
  stdout(bytes: Buffer): void;
  stderr(bytes: Buffer): void;
}

/**
 * Takes apart the engine's attach stream (an 8 byte header before each piece: stream number, three
 * zeros, length). Passes every byte on at once and holds nothing but an unfinished header, so that
 * a flood costs no memory here: the receivers cap what they take.
 */
export class AttachDemux {
  readonly #outputs: Outputs;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerFill = 0;
  #left = 0;

  constructor(outputs: Outputs) {
    this.#outputs = outputs;
  }

  /** @throws {Error} if this is no attach stream, or what a receiver throws. */
  feed(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) at = this.#readHeader(chunk, at);
      const end = Math.min(chunk.length, at + this.#left);
      if (end > at) this.#pass(chunk.subarray(at, end));
      this.#left -= end - at;
      at = end;
    }
  }

  #readHeader(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.#header, this.#headerFill, at, at + HEADER_BYTES - this.#headerFill);
    this.#headerFill += taken;
    if (this.#headerFill === HEADER_BYTES) {
      const stream = this.#header.readUInt8(0);
      if (stream !== STDOUT && stream !== STDERR) throw new Error('The attach stream is out of step.');
      this.#left = this.#header.readUInt32BE(4);
      this.#headerFill = 0;
    }
    return at + taken;
  }

  #pass(bytes: Buffer): void {
    if (this.#header.readUInt8(0) === STDOUT) this.#outputs.stdout(bytes);
    else this.#outputs.stderr(bytes);
  }
}
