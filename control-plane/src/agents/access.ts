import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import type { Agent, DirectoryState } from './directory/state.ts';
import { findAgents } from './next-call.ts';
import { find } from './shards.ts';

/** The caller's own agent. @throws AGENT_NOT_FOUND, NOT_YOUR_AGENT */
export function requireAgent(state: DirectoryState, { account }: Caller, agentId: string): Agent {
  const agent = find(state.agents, agentId);
  if (!agent) throw new CodedError('AGENT_NOT_FOUND', { next_call: findAgents });
  if (agent.account !== account) throw new CodedError('NOT_YOUR_AGENT', { next_call: findAgents });
  return agent;
}
