import type { Caller } from '../identity/caller.ts';
import { bytesOf, roomBeside } from '../kernel/answer-size.ts';
import type { CallContext, InputOf, OutputOf } from '../kernel/operation.ts';
import type { AgentDeps } from './deps.ts';
import { DIRECTORY } from './directory/state.ts';
import type { listAgents } from './operations.ts';
import { defaultAgent } from './own-agent.ts';
import { all } from './shards.ts';

/** Who is registered, by name; a cursor is the name that was told last. */
export async function list(
  deps: AgentDeps,
  caller: Caller,
  input: InputOf<typeof listAgents>,
  context: CallContext,
): Promise<OutputOf<typeof listAgents>> {
  const [{ state }, presenceOf] = await Promise.all([deps.directory.open(DIRECTORY), deps.presence.look()]);
  const you = defaultAgent(state, caller);
  if (you) deps.pace(you, context);
  const found = all(state.agents)
    .map((agent) => ({ agent, presence: presenceOf(agent.inbox) }))
    .filter(({ agent }) => input.capability === undefined || agent.capabilities.includes(input.capability))
    .filter(({ presence }) => input.status === undefined || presence.status === input.status)
    .toSorted((a, b) => (a.agent.agent_id < b.agent.agent_id ? -1 : 1));
  const rest = found.filter(({ agent }) => input.cursor === undefined || agent.agent_id > input.cursor);
  const shown = rest.slice(0, input.limit).map(({ agent, presence }) => ({
    agent_id: agent.agent_id,
    ...(agent.account === caller.account ? { session_id: agent.session_id } : {}),
    name: agent.name,
    status: presence.status,
    capabilities: [...agent.capabilities],
    last_heartbeat: presence.at === undefined ? null : new Date(presence.at).toISOString(),
  }));
  const agents = fitting(shown);
  return {
    agents,
    total: found.length,
    you: you?.agent_id ?? null,
    next_cursor: rest.length > agents.length ? (agents.at(-1)?.agent_id ?? null) : null,
  };
}

/** As many as one answer holds, one at least. */
function fitting<T>(items: readonly T[]): T[] {
  let left = roomBeside('');
  const end = items.findIndex((item, index) => (left -= bytesOf(item)) < 0 && index > 0);
  return end === -1 ? [...items] : items.slice(0, end);
}
