import type { Duplex } from 'node:stream';
import type { Connection, Network } from './port.ts';

/** The connections of one hook. */
export interface EgressSession {
  /**
   * A bot's process asks for a connection (docs/runner-protocol.md, Connections).
   *
   * @param question as it came, untrusted
   * @param stream may be half open; carries the answer, then the connection's bytes
   */
  open(question: Buffer, stream: Duplex): void;
  /** Ends what is still open, and tells the hook's connections in the order in which they were asked for. */
  close(): readonly Connection[];
}

/** Where bots' connections come out: judges, dials, counts and logs them. */
export interface Egress {
  /** @param bot.key names the bot, for its limits and in the log */
  session(network: Network, bot: { readonly key: string }): EgressSession;
}
