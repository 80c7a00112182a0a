import type { WebSocket } from '@fastify/websocket';

/** How long the other side may take to show that it is there, ms. */
const ANSWER_MS = 10_000;
/** Frames that are kept; the line is not read further then. */
const MOST_KEPT = 32;

type OnFrame = (data: Buffer, isBinary: boolean) => void;

/** Keeps what a new line brings until somebody takes its frames. */
export class EarlyFrames {
  readonly #socket: WebSocket;
  readonly #kept: [Buffer, boolean][] = [];
  readonly #answered = Promise.withResolvers<boolean>();
  readonly #keep: OnFrame = (data, isBinary) => {
    this.#kept.push([data, isBinary]);
    if (this.#kept.length >= MOST_KEPT) this.#socket.pause();
    this.#answered.resolve(true);
  };

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', this.#keep);
    // What breaks the protocol is closed by the library, with its code.
    socket.on('error', () => undefined);
  }

  /**
   * Resolves with true once the other side has answered a ping or sent a frame: an upgrade may have been given
   * up by who asked for it, and the machine knows that only later.
   */
  async answered(stopping: AbortSignal): Promise<boolean> {
    const { resolve, promise } = this.#answered;
    const timer = setTimeout(() => resolve(false), ANSWER_MS);
    this.#socket.once('pong', () => resolve(true));
    const giveUp = () => resolve(false);
    this.#socket.once('close', giveUp);
    stopping.addEventListener('abort', giveUp);
    if (stopping.aborted) giveUp();
    this.#socket.ping();
    const isThere = await promise;
    clearTimeout(timer);
    stopping.removeEventListener('abort', giveUp);
    return isThere;
  }

  /** Hands on what was kept, and all that comes. */
  handTo(onFrame: OnFrame): void {
    this.#socket.off('message', this.#keep);
    this.#socket.on('message', onFrame);
    for (const [data, isBinary] of this.#kept.splice(0)) onFrame(data, isBinary);
    this.#socket.resume();
  }
}
