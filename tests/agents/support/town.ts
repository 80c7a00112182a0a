import type { z } from 'zod';
import { type AgentsOptions, joinAgents } from '../../../control-plane/src/assembly/agents.ts';
import { AGENT_OPERATIONS } from '../../../control-plane/src/agents/operations.ts';
import { validate } from '../../../control-plane/src/http/validate.ts';
import type { CallContext, Operation, OutputOf } from '../../../control-plane/src/kernel/operation.ts';
import { Budgets } from '../../../control-plane/src/limits/budgets.ts';
import { noMetrics } from '../../../control-plane/src/kernel/metrics.ts';
import type { Caller } from '../../../control-plane/src/identity/caller.ts';
import type { CommitStore } from '../../../control-plane/src/log/store.ts';
import { News } from '../../../control-plane/src/log/news.ts';
import { LocalWakeups } from '../../../control-plane/src/log/waiting.ts';
import { ManualClock } from '../../support/manual-time.ts';
import { MemoryRecords } from '../../support/memory-records.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { NO_LIMITS } from '../../support/unlimited.ts';

export const callerOf = (account: string) => ({
  account,
  clientId: `client_${account}`,
  scopes: ['mcp'],
  tokenKey: `key_${account}`,
});

type Operations = { [O in (typeof AGENT_OPERATIONS)[number] as O['name']]: O };
type Client = {
  readonly [Name in keyof Operations]: (
    input: z.input<Operations[Name]['input']>,
    context?: Partial<CallContext>,
  ) => Promise<OutputOf<Operations[Name]>>;
};

export interface TownOptions
  extends Partial<Pick<AgentsOptions, 'mostOfOne' | 'newcomer' | 'tell' | 'metrics'>> {
  readonly store?: CommitStore;
  readonly clock?: ManualClock;
  readonly records?: MemoryRecords;
  /** True for a server that is not alone at its store. */
  readonly isShared?: boolean;
  /** Of each agent. */
  readonly perSecond?: number;
  /** Writes of each account. */
  readonly writesPerMinute?: number;
}

/** Agents as the server joins them, over a store in memory. */
export function openTown(options: TownOptions = {}) {
  const { store = new MemoryStore(), clock = new ManualClock() } = options;
  const wakeups = new LocalWakeups();
  const { perSecond = 0, writesPerMinute = 0, mostOfOne = 0, newcomer } = options;
  const agents = joinAgents({
    store,
    records: options.records ?? new MemoryRecords(),
    ...(options.tell ? { tell: options.tell } : {}),
    ...(options.isShared ? { news: new News(store) } : {}),
    wakeups,
    clock,
    budgets: new Budgets({ ...NO_LIMITS, agents: perSecond * 60, writes: writesPerMinute }, () =>
      clock.now(),
    ),
    maxLoaded: 100,
    mostOfOne,
    metrics: options.metrics ?? noMetrics,
    clientName: async () => 'Claude',
    newcomer,
    onError: (error) => {
      throw error;
    },
  });
  const { handlers } = agents;
  const clientOf = (caller: Caller | undefined) => {
    const calls = (AGENT_OPERATIONS as readonly Operation[]).map((operation) => [
      operation.name,
      async (input: never, context: Partial<CallContext> = {}) => {
        const handler = handlers[operation.name as keyof Operations] as (
          ...args: unknown[]
        ) => Promise<unknown>;
        return handler(caller, validate(operation, input), {
          signal: new AbortController().signal,
          ...context,
        });
      },
    ]);
    return Object.fromEntries(calls) as Client;
  };
  const as = (account: string) => clientOf(callerOf(account));
  const line = async (agentId: string) => {
    const opened = await agents.connect(callerOf(`acc_${agentId}`), agentId, () => true);
    if (!opened) throw new Error('The line was not opened.');
    return opened;
  };
  return {
    agents,
    clock,
    store,
    wakeups,
    as,
    /** Calls without an account. */
    nobody: () => clientOf(undefined),
    line,
    /** Registers an agent of an account of its own name. */
    async agent(agent_id: string) {
      const client = as(`acc_${agent_id}`);
      await client.register_agent({ agent_id, name: agent_id });
      return {
        ...client,
        send: (to: string, message: string | Record<string, unknown>, more = {}) =>
          client.send_agent_message({ from: agent_id, to, message, ...more }),
        read: (more: { cursor?: string; limit?: number; timeout_ms?: number } = {}) =>
          client.read_inbox({ agent_id, ...more }),
        /** Opens a line, as a socket does. */
        line: () => line(agent_id),
      };
    },
  };
}
