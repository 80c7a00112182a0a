import { Duplex } from 'node:stream';
import { ByteQueue } from './bytes.ts';
import { FLAG_END, FrameKind, frame, MAX_PAYLOAD, WINDOW_BYTES, resetFrame, windowFrame } from './wire.ts';

/** Credit is given back in pieces of this size, so that it costs few frames. */
const GRANT_BYTES = WINDOW_BYTES / 4;

interface Writing {
  readonly bytes: Buffer;
  sent: number;
  readonly done: (error?: Error | null) => void;
}

/**
 * The host's end of one connection of a bot, which PID 1 opened: a duplex stream that may be half
 * open. Each way waits for the credit that the other side gives, so neither holds more than that.
 */
export class TunnelStream extends Duplex {
  readonly #id: number;
  readonly #send: (bytes: Buffer) => void;
  readonly #onOver: () => void;
  #sendCredit = WINDOW_BYTES;
  #receiveCredit = WINDOW_BYTES;
  /** Bytes taken by the reader that PID 1 was not yet given credit for. */
  #owed = 0;
  /** What came and nobody has asked for yet. */
  readonly #received = new ByteQueue();
  #wanted = false;
  #writing: Writing | undefined;
  #ended = false;
  #resets = true;

  /**
   * @param id the stream's number
   * @param send writes frames into the pipe
   * @param onOver told once when nothing more of the stream counts
   */
  constructor(id: number, send: (bytes: Buffer) => void, onOver: () => void) {
    super({ allowHalfOpen: true, readableHighWaterMark: MAX_PAYLOAD, writableHighWaterMark: MAX_PAYLOAD });
    this.#id = id;
    this.#send = send;
    this.#onOver = onOver;
  }

  /** Bytes from the bot. @throws {Error} if they came without credit or after the end */
  onData(payload: Buffer, end: boolean): void {
    this.#receiveCredit -= payload.length;
    if (this.#ended || this.#receiveCredit < 0) throw new Error('Data came without credit.');
    this.#ended = end;
    this.#received.add(payload);
    // What one chunk of the pipe brings is handed on in one piece, however small its frames are.
    if (this.#wanted) queueMicrotask(() => this.#deliver());
  }

  /** More credit. @throws {Error} if it is more than was used */
  onWindow(payload: Buffer): void {
    if (payload.length !== 4) throw new Error('A grant is wrong.');
    this.#sendCredit += payload.readUInt32BE(0);
    if (this.#sendCredit > WINDOW_BYTES) throw new Error('A grant is larger than what was sent.');
    this.#pump();
  }

  /** The other side has ended the stream in both directions. */
  onReset(): void {
    this.abandon(new Error('The bot reset the connection.'));
  }

  /** Ends it without a word to the other side, which knows. */
  abandon(error?: Error): void {
    this.#resets = false;
    this.destroy(error);
  }

  override _read(): void {
    this.#wanted = true;
    this.#deliver();
  }

  override _write(chunk: Buffer, _encoding: string, done: Writing['done']): void {
    this.#writing = { bytes: chunk, sent: 0, done };
    this.#pump();
  }

  override _final(done: Writing['done']): void {
    this.#send(frame(FrameKind.data, this.#id, Buffer.alloc(0), FLAG_END));
    done();
  }

  override _destroy(error: Error | null, done: Writing['done']): void {
    const whole = this.#ended && this.writableFinished;
    if (this.#resets && !whole) this.#send(resetFrame(this.#id));
    this.#writing = undefined;
    this.#received.take();
    this.#onOver();
    done(error);
  }

  #deliver(): void {
    if (!this.#wanted || this.destroyed) return;
    const { size } = this.#received;
    if (size === 0 && !this.#ended) return;
    this.#wanted = false;
    this.#grant(size);
    this.push(size > 0 ? this.#received.take() : null);
  }

  /** The reader takes so much: PID 1 may send so much more. */
  #grant(bytes: number): void {
    this.#owed += bytes;
    if (this.#owed < GRANT_BYTES || this.#ended) return;
    this.#send(windowFrame(this.#id, this.#owed));
    this.#receiveCredit += this.#owed;
    this.#owed = 0;
  }

  #pump(): void {
    const writing = this.#writing;
    if (!writing) return;
    while (writing.sent < writing.bytes.length && this.#sendCredit > 0) {
      const size = Math.min(MAX_PAYLOAD, writing.bytes.length - writing.sent, this.#sendCredit);
      this.#send(frame(FrameKind.data, this.#id, writing.bytes.subarray(writing.sent, writing.sent + size)));
      writing.sent += size;
      this.#sendCredit -= size;
    }
    if (writing.sent < writing.bytes.length) return;
    this.#writing = undefined;
    writing.done();
  }
}
