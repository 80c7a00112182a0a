import type { Duplex } from 'node:stream';
import type { Json } from '../kernel/json/value.ts';

/** Bytes of a frame's length, unsigned and big endian. */
const HEADER_BYTES = 4;

/** Why no frame came: `ended` before it was whole, or `oversized` by its own header. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly reason: 'ended' | 'oversized';

  constructor(reason: 'ended' | 'oversized', message: string) {
    super(message);
    this.reason = reason;
  }
}

export function encodeFrame(value: Json): Buffer {
  const payload = Buffer.from(JSON.stringify(value), 'utf8');
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(payload.length);
  return Buffer.concat([header, payload]);
}

/**
 * Reads the payload of one frame, and nothing of what follows it: the stream can be used on. After a
 * failure it is of no more use.
 *
 * @throws {FrameError}, or the reason of the signal
 */
export function readFrame(stream: Duplex, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  let wanted: number | undefined;
  const onReadable = (): void => {
    wanted ??= readLength(stream);
    if (wanted === undefined) return;
    if (wanted > maxBytes)
      return reject(new FrameError('oversized', `A frame has ${maxBytes} bytes at most.`));
    const payload: Buffer | null = wanted === 0 ? Buffer.alloc(0) : stream.read(wanted);
    // What is left at the end of a stream is given out even if it is less.
    if (payload?.length === wanted) resolve(payload);
  };
  const onEnd = (): void => reject(new FrameError('ended', 'The connection ended before the frame did.'));
  const onAbort = (): void => reject(signal.reason);
  stream.on('readable', onReadable).on('end', onEnd).on('close', onEnd).on('error', onEnd);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  return promise.finally(() => {
    stream.off('readable', onReadable).off('end', onEnd).off('close', onEnd).off('error', onEnd);
    signal.removeEventListener('abort', onAbort);
  });
}

function readLength(stream: Duplex): number | undefined {
  const header: Buffer | null = stream.read(HEADER_BYTES);
  return header?.length === HEADER_BYTES ? header.readUInt32BE(0) : undefined;
}
