import { FrameKind, type Frame, HEADER_BYTES, MAX_PAYLOAD } from './wire.ts';

const { result, data, window, open, reset, clean } = FrameKind;
const FROM_RUNNER: ReadonlySet<number> = new Set([result, data, window, open, reset, clean]);

/** Cuts a stream of bytes into frames; holds at most one unfinished frame (64 KiB and its header). */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0);

  /** @throws {Error} if a header breaks the protocol; the reader is of no use after that. */
  *feed(chunk: Buffer): Generator<Frame> {
    let bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    for (;;) {
      const length = payloadLength(bytes);
      if (length === undefined || bytes.length < HEADER_BYTES + length) break;
      yield {
        kind: bytes.readUInt8(0),
        flags: bytes.readUInt8(1),
        stream: bytes.readUInt32BE(4),
        payload: bytes.subarray(HEADER_BYTES, HEADER_BYTES + length),
      };
      bytes = bytes.subarray(HEADER_BYTES + length);
    }
    // A copy: a view would keep the socket's whole chunk alive.
    this.#held = Buffer.from(bytes);
  }
}

function payloadLength(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const kind = bytes.readUInt8(0);
  const length = bytes.readUInt32BE(8);
  if (!FROM_RUNNER.has(kind) || bytes.readUInt16BE(2) !== 0 || length > MAX_PAYLOAD)
    throw new Error('A frame header is wrong.');
  return length;
}
