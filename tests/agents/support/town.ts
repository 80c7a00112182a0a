import type { z } from 'zod';
import { agentHandlers } from '../../../control-plane/src/agents/handlers.ts';
import { AGENT_OPERATIONS } from '../../../control-plane/src/agents/operations.ts';
import { directoryModel } from '../../../control-plane/src/agents/directory/model.ts';
import { inboxModel } from '../../../control-plane/src/agents/inbox/model.ts';
import { Presence } from '../../../control-plane/src/agents/presence/presence.ts';
import { validate } from '../../../control-plane/src/http/validate.ts';
import type { CallContext, Operation, OutputOf } from '../../../control-plane/src/kernel/operation.ts';
import type { CommitStore } from '../../../control-plane/src/log/store.ts';
import { Streams } from '../../../control-plane/src/log/streams.ts';
import { LocalWakeups } from '../../../control-plane/src/log/waiting.ts';
import { ManualClock } from '../../support/manual-time.ts';
import { MemoryRecords } from '../../support/memory-records.ts';
import { MemoryStore } from '../../support/memory-store.ts';

type Operations = { [O in (typeof AGENT_OPERATIONS)[number] as O['name']]: O };
type Client = {
  readonly [Name in keyof Operations]: (
    input: z.input<Operations[Name]['input']>,
    context?: Partial<CallContext>,
  ) => Promise<OutputOf<Operations[Name]>>;
};

/** Agents as the server joins them, over a store in memory. */
export function openTown(store: CommitStore = new MemoryStore(), clock = new ManualClock()) {
  const wakeups = new LocalWakeups();
  const common = { store, wakeups, clock };
  const handlers = agentHandlers({
    directory: new Streams({ ...common, model: directoryModel }, 1),
    inboxes: new Streams({ ...common, model: inboxModel }, 100),
    wakeups,
    clock,
    presence: new Presence(new MemoryRecords(), clock),
    newcomer: undefined,
  });
  const as = (account: string) => {
    const caller = { account, clientId: `client_${account}`, scopes: ['mcp'] };
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
  return {
    clock,
    store,
    wakeups,
    as,
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
      };
    },
  };
}
