import { requireAgent } from '../agents/access.ts';
import { type Connecting, Connection } from '../agents/connection.ts';
import type { AgentDeps, Newcomer } from '../agents/deps.ts';
import { directoryModel } from '../agents/directory/model.ts';
import { DIRECTORY } from '../agents/directory/state.ts';
import { endAgentsOf, endAnyAgent } from '../agents/ending.ts';
import { eraseClosedInboxes } from '../agents/erase-closed.ts';
import { type AgentHandlers, agentHandlers } from '../agents/handlers.ts';
import { inboxModel } from '../agents/inbox/model.ts';
import { isAgentStream } from '../agents/names.ts';
import { Presence } from '../agents/presence/presence.ts';
import { statusesOf } from '../agents/presence/statuses.ts';
import { PresenceWatch } from '../agents/presence/watch.ts';
import { Tickets } from '../agents/tickets.ts';
import type { RecordStore } from '../identity/records.ts';
import type { Clock } from '../kernel/clock.ts';
import { type Budgets, requireGranted } from '../limits/budgets.ts';
import type { News } from '../log/news.ts';
import type { CommitStore } from '../log/store.ts';
import { Streams } from '../log/streams.ts';
import type { Wakeups } from '../log/waiting.ts';

export interface AgentsOptions {
  readonly store: CommitStore;
  readonly records: RecordStore;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  readonly budgets: Budgets;
  readonly metrics: AgentDeps['metrics'];
  /** Inboxes kept in memory. */
  readonly maxLoaded: number;
  /** Agents that one account may have; 0 for no limit. */
  readonly mostOfOne: number;
  readonly news?: News;
  readonly tell?: (stream: string) => void;
  readonly clientName: (clientId: string) => Promise<string | undefined>;
  readonly newcomer: ((name: string) => Promise<Newcomer>) | undefined;
  readonly onError: (error: unknown) => void;
}

/** How often inboxes are looked for that are closed for long: all that are closed are gone through, ms. */
const ERASE_EVERY_MS = 3_600_000;

/** What the edges call. */
export interface Agents extends Connecting, Disposable {
  readonly handlers: AgentHandlers;
  readonly admitsNewcomers: boolean;
  /** The agent's name and the hash of the token, for a ticket that is good. */
  readonly spendTicket: Tickets['spend'];
  readonly watch: PresenceWatch;
  readonly metrics: AgentDeps['metrics'];
  /** Reads who is registered, which takes long where there are many: before the first who asks. */
  readonly load: () => Promise<void>;
  /** Another server has told that it wrote to a stream. Undefined for one that is no agent's. */
  readonly hear: (stream: string) => Promise<void> | undefined;
  /** Looks for what other servers wrote, for when nobody could tell. */
  readonly look: () => Promise<void>;
  readonly erase: (now: number) => Promise<void>;
  /** For operators. @throws AGENT_NOT_FOUND */
  readonly end: (agentId: string) => Promise<void>;
  /** @returns how many agents the account had */
  readonly endOf: (account: string) => Promise<number>;
}

/** Agents over the same log, store and wake-ups as channels. */
export function joinAgents(options: AgentsOptions): Agents {
  const { records, clock, maxLoaded, mostOfOne, newcomer, budgets, clientName, metrics, onError, ...common } =
    options;
  const directory = new Streams({ ...common, clock, model: directoryModel }, 1);
  const inboxes = new Streams({ ...common, clock, model: inboxModel }, maxLoaded);
  const tickets = new Tickets(records, clock);
  const deps: AgentDeps = {
    directory,
    inboxes,
    wakeups: common.wakeups,
    clock,
    metrics,
    presence: new Presence(records, clock),
    tickets,
    connections: new Map(),
    mostOfOne,
    clientName: async ({ clientId }) => (await clientName(clientId)) ?? 'agent',
    newcomer,
    pace: ({ inbox }, { counted }) => {
      const taken = budgets.take('agents', inbox);
      if (taken) counted?.(taken);
      requireGranted(taken);
    },
    charge: ({ account }) => requireGranted(budgets.take('writes', account)),
  };
  let erasedAt = Number.NEGATIVE_INFINITY;
  const watch = new PresenceWatch(() => statusesOf(deps), onError);
  return {
    handlers: agentHandlers(deps),
    admitsNewcomers: newcomer !== undefined,
    mayConnect: async (caller, agentId) => {
      requireAgent((await directory.open(DIRECTORY)).state, caller, agentId);
    },
    connect: (caller, agentId, isOpen) => Connection.open(deps, caller, agentId, isOpen),
    spendTicket: (secret) => tickets.spend(secret),
    watch,
    metrics,
    load: async () => void (await directory.open(DIRECTORY)),
    hear: (stream) => {
      if (!isAgentStream(stream)) return undefined;
      return stream === DIRECTORY ? directory.hear(stream) : inboxes.hear(stream);
    },
    look: async () => {
      await directory.look(new Set([DIRECTORY]), () => false);
      await inboxes.look(new Set(), (stream) => isAgentStream(stream) && stream !== DIRECTORY);
    },
    erase: async (now) => {
      if (now - erasedAt < ERASE_EVERY_MS) return;
      erasedAt = now;
      await eraseClosedInboxes(inboxes, now);
    },
    end: (agentId) => endAnyAgent(deps, agentId),
    endOf: (account) => endAgentsOf(deps, account),
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
}
