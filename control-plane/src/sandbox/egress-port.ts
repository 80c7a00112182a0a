import type { Duplex } from 'node:stream';
import type { Connection, Network } from './port.ts';

/** The connections of one hook. */
export interface EgressSession {
  /**
   * A process of the hook asks for a connection (docs/runner-protocol.md, Connections).
   *
   * @param question as it came, untrusted
   * @param stream half open where one side has ended; reads what the bot sends, takes the answer and what follows
   */
  open(question: Buffer, stream: Duplex): void;
  /** Ends all of the hook's connections, and tells what came of them, in the order they were asked for. */
  close(): readonly Connection[];
}

/** The bots' way out of their containers. */
export interface Egress {
  /** @param context.key names the bot, for its limits and in the log */
  session(network: Network, context: { readonly key: string }): EgressSession;
}
