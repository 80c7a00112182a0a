import type { Caller } from '../../identity/caller.ts';
import type { Remembered } from '../remembered.ts';
import type { Shards } from '../shards.ts';

/** Name of the one stream in which agents register, and which holds what is said to all of them. */
export const DIRECTORY = 'agents';

/** A registered agent. */
export interface Agent {
  readonly agent_id: string;
  /** Who alone speaks as it and reads what it is sent. */
  readonly account: string;
  /** The client that registered it: what that client says without naming an agent, its first agent says. */
  readonly client: string;
  readonly name: string;
  /** A label of its owner's; shown to that account only. */
  readonly session_id: string;
  readonly capabilities: readonly string[];
  /** Stream of what is sent to it alone; another one after each new registration. */
  readonly inbox: string;
  /** Broadcasts from this entry on are for it. */
  readonly since: number;
  /** ms since the epoch. */
  readonly registered_at: number;
}

export interface DirectoryState {
  readonly agents: Shards<Agent>;
  readonly count: number;
  /** Agents of each account. */
  readonly counts: Shards<number>;
  /** The agent that each client speaks as unless it names one. */
  readonly defaults: Shards<string>;
  /** What broadcasts under an idempotency key came to, by the inbox of who sent them. */
  readonly remembered: Remembered;
}

export const emptyDirectory: DirectoryState = {
  agents: {},
  count: 0,
  counts: {},
  defaults: {},
  remembered: {},
};

/** Under what the directory knows which agent a client speaks as. */
export function clientKey({ account, clientId }: Pick<Caller, 'account' | 'clientId'>): string {
  return `${account} ${clientId}`;
}
