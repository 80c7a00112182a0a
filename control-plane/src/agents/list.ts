import type { Caller } from '../identity/caller.ts';
import { bytesOf, roomBeside } from '../kernel/answer-size.ts';
import type { CallContext, InputOf, OutputOf } from '../kernel/operation.ts';
import type { AgentDeps } from './deps.ts';
import { byName } from './directory/by-name.ts';
import { type Agent, DIRECTORY } from './directory/state.ts';
import type { listAgents } from './operations.ts';
import { defaultAgent } from './own-agent.ts';

/** Who is registered, by name; a cursor is the name that was told last. */
export async function list(
  deps: AgentDeps,
  caller: Caller,
  input: InputOf<typeof listAgents>,
  context: CallContext,
): Promise<OutputOf<typeof listAgents>> {
  const [{ state }, presenceOf] = await Promise.all([deps.directory.open(DIRECTORY), deps.presence.look()]);
  const you = defaultAgent(state, caller);
  // Who has no agent yet lists at the pace of one.
  deps.pace(you ?? { inbox: caller.account }, context);
  const tell = (agent: Agent) => {
    const { status, at } = presenceOf(agent.inbox);
    return {
      agent_id: agent.agent_id,
      ...(agent.account === caller.account ? { session_id: agent.session_id } : {}),
      name: agent.name,
      status,
      capabilities: [...agent.capabilities],
      last_heartbeat: at === undefined ? null : new Date(at).toISOString(),
    };
  };
  const { capability, status, cursor } = input;
  let found = byName(state.agents);
  if (capability !== undefined) found = found.filter((agent) => agent.capabilities.includes(capability));
  if (status !== undefined) found = found.filter(({ inbox }) => presenceOf(inbox).status === status);
  const start = cursor === undefined ? 0 : found.findIndex(({ agent_id }) => agent_id > cursor);
  const rest = start === -1 ? 0 : found.length - start;
  const shown = rest === 0 ? [] : found.slice(start, start + input.limit).map(tell);
  const agents = fitting(shown);
  return {
    agents,
    total: found.length,
    you: you?.agent_id ?? null,
    next_cursor: rest > agents.length ? (agents.at(-1)?.agent_id ?? null) : null,
  };
}

/** As many as one answer holds, one at least. */
function fitting<T>(items: readonly T[]): T[] {
  let left = roomBeside('');
  const end = items.findIndex((item, index) => (left -= bytesOf(item)) < 0 && index > 0);
  return end === -1 ? [...items] : items.slice(0, end);
}
