import type { Duplex } from 'node:stream';
import type { Connection, Network } from './port.ts';

/** Connections that one hook asks for, in all; more are refused. */
export const CONNECTIONS_PER_HOOK = 64;

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

/** Whose connections they are. */
export interface EgressUser {
  /** Names the bot, for its limits and in the log. */
  readonly key: string;
  /** The account whose share of all connections the bot uses. */
  readonly group: string;
}

/** The bots' way out of their containers. */
export interface Egress {
  session(network: Network, bot: EgressUser): EgressSession;
}
