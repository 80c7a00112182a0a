import type { Duplex } from 'node:stream';
import { CONNECTIONS_PER_HOOK } from '../egress-port.ts';
import { TunnelStream } from './tunnel-stream.ts';
import { FLAG_END, type Frame, FrameKind, MAX_QUESTION, resetFrame } from './wire.ts';

/** Told of each connection that a call asks for: what it asked, untrusted, and the stream to answer on. */
export type OnConnection = (question: Buffer, stream: Duplex) => void;

/** Questions of one call that are heard: some beyond what it may have, so that it reads why it gets no more. */
const HEARD = CONNECTIONS_PER_HOOK + 16;
/**
 * Questions of one call that are answered at all, several times what a bot can ask in its time. A reset costs
 * less than a new container, so that much is borne; beyond it, resets that nobody reads would fill our memory.
 */
const BORNE = 65_536;

/** The streams that PID 1 opens on one link: even numbers that only grow. */
export class Tunnels {
  readonly #send: (bytes: Buffer) => void;
  readonly #open = new Map<number, TunnelStream>();
  #last = 0;
  #asked = 0;

  constructor(send: (bytes: Buffer) => void) {
    this.#send = send;
  }

  /** True for a number that PID 1 gives to its streams. */
  owns(stream: number): boolean {
    return stream > 0 && stream % 2 === 0;
  }

  /**
   * A frame on such a stream. Frames for a stream that is over are dropped: they were on their way.
   *
   * @param limit streams that may be open at once
   * @throws {Error} if it breaks the protocol
   */
  onFrame(one: Frame, limit: number, onConnection: OnConnection | undefined): void {
    if (one.kind === FrameKind.open) {
      this.#onOpen(one, limit, onConnection);
      return;
    }
    if (one.stream > this.#last) throw new Error('A frame came for a stream that was never opened.');
    const stream = this.#open.get(one.stream);
    if (!stream) return;
    if (one.kind === FrameKind.data) stream.onData(one.payload, (one.flags & FLAG_END) !== 0);
    else if (one.kind === FrameKind.window) stream.onWindow(one.payload);
    else if (one.kind === FrameKind.reset) stream.onReset();
    else throw new Error('A frame is not one of a stream.');
  }

  /** Ends all of them: their call is over, and PID 1 knows. */
  abandonAll(): void {
    for (const stream of this.#open.values()) stream.abandon();
    this.#open.clear();
    this.#asked = 0;
  }

  #onOpen(one: Frame, limit: number, onConnection: OnConnection | undefined): void {
    const { stream: id, payload } = one;
    if (id <= this.#last || payload.length > MAX_QUESTION) throw new Error('A stream is opened wrongly.');
    this.#last = id;
    if (++this.#asked > BORNE) throw new Error('Too many streams are opened.');
    if (!onConnection || this.#open.size >= limit || this.#asked > HEARD) {
      this.#send(resetFrame(id));
      return;
    }
    const stream = new TunnelStream(id, this.#send, () => this.#open.delete(id));
    // Whoever holds the stream hears of its errors; without this, one that nobody holds any more ends the process.
    stream.on('error', () => undefined);
    this.#open.set(id, stream);
    onConnection(Buffer.from(payload), stream);
  }
}
