import type { StreamModel } from '../../log/model.ts';
import { reduceFact, reducePart } from '../../log/reducers.ts';
import type { RememberedCall } from '../../kernel/idempotency.ts';
import { forgetSender, remember } from '../remembered.ts';
import { drop, find, put, type Shards } from '../shards.ts';
import { type Agent, clientKey, type DirectoryState, emptyDirectory } from './state.ts';

/** What the directory's commits hold beside broadcasts, by type. */
export interface DirectoryFacts {
  agent_registered: Agent;
  agent_left: { readonly agent_id: string };
  remembered: { readonly sender: string } & RememberedCall;
}

type Reduce<T> = (state: DirectoryState, content: T) => DirectoryState;

const REDUCERS: { readonly [T in keyof DirectoryFacts]: Reduce<DirectoryFacts[T]> } = {
  agent_registered: (state, agent) => {
    const agents = put(state.agents, agent.agent_id, agent);
    if (find(state.agents, agent.agent_id)) return { ...state, agents };
    const key = keyOf(agent);
    return {
      ...state,
      agents,
      count: state.count + 1,
      counts: counted(state.counts, agent.account, 1),
      defaults: find(state.defaults, key) ? state.defaults : put(state.defaults, key, agent.agent_id),
    };
  },
  agent_left: (state, { agent_id }) => {
    const agent = find(state.agents, agent_id);
    if (!agent) return state;
    const key = keyOf(agent);
    const isDefault = find(state.defaults, key) === agent_id;
    return {
      agents: drop(state.agents, agent_id),
      count: state.count - 1,
      counts: counted(state.counts, agent.account, -1),
      defaults: isDefault ? drop(state.defaults, key) : state.defaults,
      remembered: forgetSender(state.remembered, agent.inbox),
    };
  },
  remembered: (state, { sender, ...call }) => ({
    ...state,
    remembered: remember(state.remembered, sender, call),
  }),
};

const keyOf = ({ account, client }: Agent) => clientKey({ account, clientId: client });

function counted(counts: Shards<number>, account: string, by: number): Shards<number> {
  const count = (find(counts, account) ?? 0) + by;
  return count === 0 ? drop(counts, account) : put(counts, account, count);
}

/** How the directory's commits become who is registered. */
export const directoryModel: StreamModel<DirectoryState> = {
  version: 2,
  initial: () => emptyDirectory,
  apply: (state, part) =>
    reducePart(
      state,
      part,
      (before, fact) => reduceFact(REDUCERS, before, fact, part.at),
      (before) => before,
    ),
  tags: () => [],
  isTombstone: () => false,
};
