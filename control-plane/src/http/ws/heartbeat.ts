import type { WebSocket } from 'ws';

export const PING_MS = 30_000;
/** After what was pushed, a line is asked in this time whether it has come there, ms. */
const ASK_AFTER_MS = 2_000;

export interface HeartbeatEvents {
  /** The other side has answered: all up to this cursor has come there, where one was asked about. */
  readonly onAnswer: (cursor: string | undefined) => void;
  /** It did not answer the ping before this one. */
  readonly onSilence: () => void;
  /** Each time before a ping. */
  readonly onPing: () => void;
}

/** Pings a line (RFC 6455 section 5.5.2): whether it stands, and how far it has come. */
export class Heartbeat implements Disposable {
  readonly #socket: WebSocket;
  readonly #timer: NodeJS.Timeout;
  #asking: NodeJS.Timeout | undefined;
  #cursor: string | undefined;
  #alive = true;

  constructor(socket: WebSocket, events: HeartbeatEvents) {
    this.#socket = socket;
    socket.on('pong', (data: Buffer) => {
      this.#alive = true;
      events.onAnswer(data.length > 0 ? data.toString() : undefined);
    });
    this.#timer = setInterval(() => {
      if (!this.#alive) return events.onSilence();
      this.#alive = false;
      events.onPing();
      socket.ping();
    }, PING_MS);
  }

  /** Asks soon whether what was pushed has come there; a pong follows all that was sent before its ping. */
  ask(cursor: string): void {
    this.#cursor = cursor;
    this.#asking ??= setTimeout(() => {
      this.#asking = undefined;
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping(this.#cursor);
    }, ASK_AFTER_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    clearTimeout(this.#asking);
  }
}
