import type { Caller } from '../identity/caller.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { CallContext } from '../kernel/operation.ts';
import type { Streams } from '../log/streams.ts';
import type { Wakeups } from '../log/waiting.ts';
import type { Agent, DirectoryState } from './directory/state.ts';
import type { InboxState } from './inbox/state.ts';
import type { Presence } from './presence/presence.ts';
import type { Tickets } from './tickets.ts';

/** What the services of agents stand on. */
export interface AgentDeps {
  readonly directory: Streams<DirectoryState>;
  readonly inboxes: Streams<InboxState>;
  readonly wakeups: Wakeups;
  readonly presence: Presence;
  readonly tickets: Tickets;
  /** Open lines of this server, by inbox. */
  readonly connections: Map<string, OpenLine>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'message' | 'line' | 'waiter'>;
  /** Agents that one account may have; 0 for no limit. */
  readonly mostOfOne: number;
  /** Counts a call of an agent. @throws RATE_LIMITED */
  readonly pace: (agent: Pick<Agent, 'inbox'>, context: Pick<CallContext, 'counted'>) => void;
  /** Counts a write of an account that came over a socket; the other edges count theirs. @throws RATE_LIMITED */
  readonly charge: (caller: Caller) => void;
  /** What the caller's client calls itself. */
  readonly clientName: (caller: Caller) => Promise<string>;
  /** Makes an account for an agent that comes without one; undefined where people bring theirs. */
  readonly newcomer: ((name: string) => Promise<Newcomer>) | undefined;
}

/** An agent's connection, as the next one of the same agent sees it. */
export interface OpenLine {
  /** Writes down at once how far the agent has got. */
  flush(): Promise<void>;
}

/** An account that was just made, and what its agent calls with. */
export interface Newcomer {
  readonly account: string;
  readonly token: string;
  /** With the secret it takes another token. */
  readonly client_id: string;
  readonly client_secret: string;
}
