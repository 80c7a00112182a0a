import { randomBytes } from 'node:crypto';
import * as wire from './wire.ts';

export interface CallLimits {
  /** Wall time by PID 1's clock, ms. */
  readonly wallMs: number;
  /** Private memory of one process, bytes. */
  readonly memoryBytes: number;
}

/** A finished call: what PID 1 says of it, and the reply's bytes (empty unless the cause is `ok`). */
export interface CallEnd extends wire.ResultBody {
  readonly reply: Buffer;
}

interface CallInput {
  readonly op: wire.Op;
  readonly stream: number;
  readonly request: Buffer;
  readonly limits: CallLimits;
  readonly connections: number;
  readonly write: (bytes: Buffer) => void;
}

/** Credit is given back in pieces of this size, so that a reply costs few frames. */
const GRANT_BYTES = wire.WINDOW_BYTES / 2;

/** One call on its own stream: sends the request as credit allows, gathers the reply and the result. */
export class OpenCall {
  readonly #input: CallInput;
  readonly #nonce = randomBytes(wire.NONCE_BYTES);
  readonly #end = Promise.withResolvers<CallEnd>();
  readonly #reply: Buffer[] = [];
  #sent = 0;
  #requestEnded = false;
  #sendCredit = wire.WINDOW_BYTES;
  #received = 0;
  #receiveCredit = wire.WINDOW_BYTES;
  #ended = false;
  #done = false;

  constructor(input: CallInput) {
    this.#input = input;
  }

  get end(): Promise<CallEnd> {
    return this.#end.promise;
  }

  get isDone(): boolean {
    return this.#done;
  }

  start(): void {
    const { op, stream, request, limits, connections, write } = this.#input;
    const head = wire.callFrame({
      nonce: this.#nonce,
      op,
      connections,
      stream,
      wallMs: limits.wallMs,
      cpuSeconds: Math.ceil(limits.wallMs / 1000) + 1,
      memoryBytes: limits.memoryBytes,
      requestBytes: request.length,
    });
    write(Buffer.concat([head, ...this.#nextFrames()]));
  }

  /** What PID 1 puts on all that it tells of this call. */
  get nonce(): Buffer {
    return this.#nonce;
  }

  fail(error: Error): void {
    this.#done = true;
    this.#end.reject(error);
  }

  onWindow(one: wire.Frame): void {
    if (one.stream !== this.#input.stream || one.payload.length !== 4) throw new Error('A grant is wrong.');
    this.#sendCredit += one.payload.readUInt32BE(0);
    if (this.#sendCredit > wire.WINDOW_BYTES) throw new Error('A grant is larger than what was sent.');
    const frames = this.#nextFrames();
    if (frames.length > 0) this.#input.write(Buffer.concat(frames));
  }

  onData(one: wire.Frame): void {
    this.#received += one.payload.length;
    this.#receiveCredit -= one.payload.length;
    const allowed = one.stream === this.#input.stream && !this.#ended && this.#receiveCredit >= 0;
    if (!allowed || this.#received > wire.REPLY_CAP) throw new Error('Data came without credit.');
    this.#reply.push(Buffer.from(one.payload));
    this.#ended = (one.flags & wire.FLAG_END) !== 0;
    if (!this.#ended && this.#receiveCredit <= wire.WINDOW_BYTES - GRANT_BYTES) this.#grant();
  }

  onResult(one: wire.Frame): void {
    const result = one.stream === 0 ? wire.readResult(one.payload) : undefined;
    if (!result?.nonce.equals(this.#nonce)) throw new Error('A result is wrong.');
    // The reply comes before its result, whole.
    if (this.#received !== result.replyBytes || (this.#received > 0 && !this.#ended)) {
      throw new Error('A reply has another length than its result says.');
    }
    this.#done = true;
    this.#end.resolve({ ...result, reply: Buffer.concat(this.#reply) });
  }

  #grant(): void {
    this.#input.write(wire.windowFrame(this.#input.stream, wire.WINDOW_BYTES - this.#receiveCredit));
    this.#receiveCredit = wire.WINDOW_BYTES;
  }

  /** The frames of the request that the credit pays for; the last carries the end flag. */
  #nextFrames(): Buffer[] {
    const { request, stream } = this.#input;
    const frames: Buffer[] = [];
    while (!this.#requestEnded) {
      const size = Math.min(wire.MAX_PAYLOAD, request.length - this.#sent, this.#sendCredit);
      if (size === 0 && request.length > 0) break;
      this.#requestEnded = this.#sent + size === request.length;
      const part = request.subarray(this.#sent, this.#sent + size);
      frames.push(wire.frame(wire.FrameKind.data, stream, part, this.#requestEnded ? wire.FLAG_END : 0));
      this.#sent += size;
      this.#sendCredit -= size;
    }
    return frames;
  }
}
