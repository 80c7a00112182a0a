import type { Clock } from '../kernel/clock.ts';
import type { Streams } from '../log/streams.ts';
import type { Wakeups } from '../log/waiting.ts';
import type { DirectoryState } from './directory/state.ts';
import type { InboxState } from './inbox/state.ts';
import type { Presence } from './presence/presence.ts';

/** What the services of agents stand on. */
export interface AgentDeps {
  readonly directory: Streams<DirectoryState>;
  readonly inboxes: Streams<InboxState>;
  readonly wakeups: Wakeups;
  readonly presence: Presence;
  readonly clock: Clock;
  /** Makes an account for an agent that comes without one; undefined where people bring theirs. */
  readonly newcomer: ((name: string) => Promise<Newcomer>) | undefined;
}

/** An account that was just made, and what its agent calls with. */
export interface Newcomer {
  readonly account: string;
  readonly token: string;
  /** With the secret it takes another token. */
  readonly client_id: string;
  readonly client_secret: string;
}
