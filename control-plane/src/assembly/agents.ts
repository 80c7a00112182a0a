import { Connection } from '../agents/connection.ts';
import type { AgentDeps, Newcomer } from '../agents/deps.ts';
import { directoryModel } from '../agents/directory/model.ts';
import { type AgentHandlers, agentHandlers } from '../agents/handlers.ts';
import { inboxModel } from '../agents/inbox/model.ts';
import { Presence } from '../agents/presence/presence.ts';
import type { Caller } from '../identity/caller.ts';
import type { RecordStore } from '../identity/records.ts';
import type { Clock } from '../kernel/clock.ts';
import type { News } from '../log/news.ts';
import type { CommitStore } from '../log/store.ts';
import { Streams } from '../log/streams.ts';
import type { Wakeups } from '../log/waiting.ts';

export interface AgentsOptions {
  readonly store: CommitStore;
  readonly records: RecordStore;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  /** Inboxes kept in memory. */
  readonly maxLoaded: number;
  readonly news?: News;
  readonly tell?: (stream: string) => void;
  readonly newcomer: ((name: string) => Promise<Newcomer>) | undefined;
}

/** What the edges call. */
export interface Agents {
  readonly handlers: AgentHandlers;
  readonly connect: (caller: Caller, agentId: string) => Promise<Connection>;
}

/** Agents over the same log, store and wake-ups as channels. */
export function joinAgents(options: AgentsOptions): Agents {
  const { records, clock, maxLoaded, newcomer, ...common } = options;
  const { wakeups } = common;
  const deps: AgentDeps = {
    directory: new Streams({ ...common, clock, model: directoryModel }, 1),
    inboxes: new Streams({ ...common, clock, model: inboxModel }, maxLoaded),
    wakeups,
    clock,
    presence: new Presence(records, clock),
    newcomer,
  };
  return {
    handlers: agentHandlers(deps),
    connect: (caller, agentId) => Connection.open(deps, caller, agentId),
  };
}
