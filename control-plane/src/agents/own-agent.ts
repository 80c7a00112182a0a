import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import { randomHex } from '../kernel/hash.ts';
import type { CallContext } from '../kernel/operation.ts';
import { requireAgent } from './access.ts';
import type { AgentDeps } from './deps.ts';
import { type Agent, clientKey, DIRECTORY, type DirectoryState } from './directory/state.ts';
import { nameAgent } from './names.ts';
import { enroll } from './register.ts';
import { find } from './shards.ts';

/** An agent of the caller's with the directory that it stands in. */
export interface Own {
  readonly agent: Agent;
  readonly state: DirectoryState;
}

/**
 * The agent that a call is for, counted against its rate. A caller that names none speaks as the first that
 * its client registered; one that has none gets one, so that an AI client need not register.
 *
 * @throws AGENT_NOT_FOUND, NOT_YOUR_AGENT, AGENT_QUOTA, RATE_LIMITED
 */
export async function ownAgent(
  deps: AgentDeps,
  caller: Caller,
  named: string | undefined,
  context: Pick<CallContext, 'counted'>,
): Promise<Own> {
  const { state } = await deps.directory.open(DIRECTORY);
  const agent = named === undefined ? defaultAgent(state, caller) : requireAgent(state, caller, named);
  if (!agent) return makeDefault(deps, caller);
  deps.pace(agent, context);
  return { agent, state };
}

/** The agent that a client speaks as unless it names one. */
export function defaultAgent(state: DirectoryState, caller: Caller): Agent | undefined {
  const agentId = find(state.defaults, clientKey(caller));
  return agentId === undefined ? undefined : find(state.agents, agentId);
}

/** Two first calls at once make one agent. */
async function makeDefault(deps: AgentDeps, caller: Caller): Promise<Own> {
  const name = await deps.clientName(caller);
  const agent = { agent_id: nameAgent(name, randomHex(4)), name, session_id: '', capabilities: [] };
  const own = await enroll(deps, caller, agent, (state) => defaultAgent(state, caller));
  const { state } = await deps.directory.open(DIRECTORY);
  if (!find(state.agents, own.agent_id)) throw new CodedError('AGENT_NOT_FOUND');
  return { agent: own, state };
}
