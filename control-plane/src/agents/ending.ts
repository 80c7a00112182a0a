import { CodedError } from '../kernel/errors.ts';
import { endAgent } from './deregister.ts';
import type { AgentDeps } from './deps.ts';
import { DIRECTORY } from './directory/state.ts';
import { all, find } from './shards.ts';

/** Ends every agent of an account that is no more. @returns how many there were */
export async function endAgentsOf(deps: AgentDeps, account: string): Promise<number> {
  const { state } = await deps.directory.open(DIRECTORY);
  const own = all(state.agents).filter((agent) => agent.account === account);
  for (const agent of own) await endAgent(deps, agent);
  return own.length;
}

/** Ends an agent, whoever registered it. @throws AGENT_NOT_FOUND */
export async function endAnyAgent(deps: AgentDeps, agentId: string): Promise<void> {
  const agent = find((await deps.directory.open(DIRECTORY)).state.agents, agentId);
  if (!agent) throw new CodedError('AGENT_NOT_FOUND');
  await endAgent(deps, agent);
}
