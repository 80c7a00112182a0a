import type { Fact } from '../../log/commit.ts';
import { type CommitPart, inOrder, type StreamModel } from '../../log/model.ts';
import { type RememberedCall, remember } from '../remembered.ts';
import { drop, find, put } from '../shards.ts';
import { type Agent, type DirectoryState, emptyDirectory } from './state.ts';

/** What the directory's commits hold beside broadcasts, by type. */
export interface DirectoryFacts {
  agent_registered: Agent;
  agent_left: { readonly agent_id: string };
  remembered: { readonly sender: string } & RememberedCall;
}

type Reduce<T> = (state: DirectoryState, content: T) => DirectoryState;

const REDUCERS: { readonly [T in keyof DirectoryFacts]: Reduce<DirectoryFacts[T]> } = {
  agent_registered: (state, agent) => ({
    ...state,
    agents: put(state.agents, agent.agent_id, agent),
    count: state.count + (find(state.agents, agent.agent_id) ? 0 : 1),
  }),
  agent_left: (state, { agent_id }) => {
    const agent = find(state.agents, agent_id);
    if (!agent) return state;
    const { [agent.inbox]: _forgotten, ...remembered } = state.remembered;
    return { agents: drop(state.agents, agent_id), count: state.count - 1, remembered };
  },
  remembered: (state, { sender, ...call }) => ({
    ...state,
    remembered: remember(state.remembered, sender, call),
  }),
};

/** How the directory's commits become who is registered. */
export const directoryModel: StreamModel<DirectoryState> = {
  version: 1,
  initial: () => emptyDirectory,
  apply,
  tags: () => [],
  isTombstone: () => false,
};

function apply(state: DirectoryState, part: CommitPart): DirectoryState {
  let next = state;
  for (const item of inOrder(part)) if ('fact' in item) next = applyFact(next, item.fact);
  return next;
}

function applyFact(state: DirectoryState, fact: Fact): DirectoryState {
  const { type, before: _before, salt: _salt, ...content } = fact;
  if (!Object.hasOwn(REDUCERS, type)) return state;
  return (REDUCERS[type as keyof DirectoryFacts] as Reduce<unknown>)(state, content);
}
