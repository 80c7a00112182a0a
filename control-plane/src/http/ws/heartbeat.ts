import type { WebSocket } from '@fastify/websocket';

/** When a line is pinged, ms. */
export interface HeartbeatTimes {
  readonly pingMs: number;
  /** After what was pushed, it is asked whether that has come there, unless it is acknowledged before. */
  readonly askAfterMs: number;
}

const TIMES: HeartbeatTimes = { pingMs: 30_000, askAfterMs: 2_000 };

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
  readonly #times: HeartbeatTimes;
  readonly #timer: NodeJS.Timeout;
  #asking: NodeJS.Timeout | undefined;
  #cursor: string | undefined;
  #alive = true;

  constructor(socket: WebSocket, events: HeartbeatEvents, times: HeartbeatTimes = TIMES) {
    this.#socket = socket;
    this.#times = times;
    socket.on('pong', (data: Buffer) => {
      this.#alive = true;
      events.onAnswer(data.length > 0 ? data.toString() : undefined);
    });
    this.#timer = setInterval(() => {
      if (!this.#alive) return events.onSilence();
      this.#alive = false;
      events.onPing();
      socket.ping();
    }, times.pingMs);
  }

  /** Asks soon whether what was pushed has come there; a pong follows all that was sent before its ping. */
  ask(cursor: string): void {
    this.#cursor = cursor;
    this.#asking ??= setTimeout(() => {
      this.#asking = undefined;
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping(this.#cursor);
    }, this.#times.askAfterMs);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    clearTimeout(this.#asking);
  }
}
