import type { Duplex } from 'node:stream';
import type { EgressSession } from '../sandbox/egress-port.ts';
import type { Connection } from '../sandbox/port.ts';
import { Tunnel, type TunnelParts } from './tunnel.ts';

/** The connections of one hook. */
export class HookEgress implements EgressSession {
  readonly #parts: TunnelParts;
  readonly #maxRecords: number;
  readonly #report: (connection: Connection, recorded: boolean) => void;
  readonly #recorded: Tunnel[] = [];
  readonly #live = new Set<Tunnel>();
  readonly #streams = new Set<Duplex>();
  #closed = false;

  /**
   * @param maxRecords connections that are kept for the record; the first ones are
   * @param report told of every connection when it has ended
   */
  constructor(
    parts: TunnelParts,
    maxRecords: number,
    report: (connection: Connection, recorded: boolean) => void,
  ) {
    this.#parts = parts;
    this.#maxRecords = maxRecords;
    this.#report = report;
  }

  /**
   * A bot's process asks for a connection (docs/runner-protocol.md, Connections). The stream must allow
   * to be half open.
   *
   * @param question as it came, untrusted
   * @param stream what is read from it came from the bot; the answer and what follows is written to it
   */
  open(question: Buffer, stream: Duplex): void {
    if (this.#closed) {
      stream.destroy();
      return;
    }
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    const tunnel = new Tunnel(question, stream, this.#parts);
    const recorded = this.#recorded.length < this.#maxRecords;
    if (recorded) this.#recorded.push(tunnel);
    this.#live.add(tunnel);
    void tunnel.run().then((connection) => {
      this.#live.delete(tunnel);
      this.#report(connection, recorded);
    });
  }

  /**
   * Ends what is still open, and tells the hook's connections in the order in which they were asked for.
   * After it, a stream that is opened is destroyed at once.
   */
  close(): readonly Connection[] {
    this.#closed = true;
    for (const tunnel of this.#live) tunnel.cut();
    for (const stream of this.#streams) stream.destroy();
    return this.#recorded.map((tunnel) => tunnel.cut());
  }
}
