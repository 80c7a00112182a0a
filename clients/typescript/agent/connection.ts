import { Acknowledgements } from './acknowledgements.ts';
import { type Closing, isFinal } from './closings.ts';

/** How often the server is told that the agent is there, ms. */
const HEARTBEAT_MS = 30_000;
/** Characters that may wait for a slow handler; the server keeps the rest. */
const MOST_WAITING = 16 * 1024 * 1024;
/** Time for the other side to agree that a connection ends, ms. */
const FAREWELL_MS = 1_000;

/** One WebSocket, read at the reader's pace. The same in Node and in browsers. */
export class Connection implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #signal: AbortSignal;
  readonly #heartbeat: ReturnType<typeof setInterval>;
  readonly #closed: Promise<void>;
  readonly #acknowledgements = new Acknowledgements((cursor) => this.#say({ type: 'ack', cursor }));
  readonly #frames: string[] = [];
  #waiting = 0;
  #wake: () => void = () => undefined;
  #closing: Closing | undefined;
  /** Heartbeats since the server was heard. */
  #unanswered = 0;

  /** @param signal ends the connection; what waits then is not handed out any more */
  constructor(url: string, signal: AbortSignal) {
    this.#signal = signal;
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener('message', ({ data }) => this.#take(String(data)));
    this.#closed = new Promise((resolve) => {
      this.#socket.addEventListener('close', ({ code, reason }) => {
        this.#end({ code, reason });
        resolve();
      });
    });
    // A close event follows, and says all that is known.
    this.#socket.addEventListener('error', () => undefined);
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort);
  }

  /** The next frame, or how the connection ended. */
  async next(): Promise<string | Closing> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) {
        this.#waiting -= frame.length;
        return frame;
      }
      if (this.#closing) return this.#closing;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Tells the server that all up to a message is done with. */
  acknowledge(cursor: string): void {
    this.#acknowledgements.add(cursor);
  }

  /** Resolves once the other side has all that was said, or is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end({ code: 1000, reason: 'closed by this client' });
    clearInterval(this.#heartbeat);
    this.#acknowledgements.end();
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#socket.close(1000);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FAREWELL_MS);
    });
    await Promise.race([this.#closed, late]);
    clearTimeout(timer);
  }

  readonly #onAbort = () => {
    this.#frames.length = 0;
    this.#end({ code: 1000, reason: 'ended by its signal' });
  };

  #take(frame: string): void {
    this.#unanswered = 0;
    if (this.#closing) return;
    this.#waiting += frame.length;
    this.#frames.push(frame);
    this.#wake();
    if (this.#waiting > MOST_WAITING) this.#end({ code: 4008, reason: 'too much waits to be handled' });
  }

  /** A line that broke without a word is one that answers no heartbeat. */
  #beat(): void {
    if (this.#unanswered++ >= 2) this.#end({ code: 4009, reason: 'the server does not answer' });
    else this.#say({ type: 'heartbeat' });
  }

  #say(frame: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #end(closing: Closing): void {
    if (isFinal(closing.code)) {
      this.#frames.length = 0;
      this.#closing = closing;
    }
    this.#closing ??= closing;
    this.#wake();
  }
}
