import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import { randomHex } from '../kernel/hash.ts';
import type { InputOf, OutputOf } from '../kernel/operation.ts';
import type { AgentDeps } from './deps.ts';
import { type Agent, DIRECTORY } from './directory/state.ts';
import type { deregisterAgent, registerAgent } from './operations.ts';
import { requireAgent } from './access.ts';
import { all, find } from './shards.ts';

const MOST_AGENTS = 20_000;
const PEERS = 100;

/** Makes an agent, or changes one of the caller's. */
export async function register(
  deps: AgentDeps,
  caller: Caller | undefined,
  input: InputOf<typeof registerAgent>,
): Promise<OutputOf<typeof registerAgent>> {
  const made = caller ? undefined : await newcomer(deps, input.name);
  const account = caller?.account ?? made?.account ?? '';
  const { agent_id, name, session_id, capabilities } = input;
  const inbox = `inbox_${randomHex(16)}`;
  const agent = await deps.directory.submit(DIRECTORY, (state, position) => {
    const held = find(state.agents, agent_id);
    if (held && held.account !== account) throw new CodedError('AGENT_TAKEN');
    if (!held && state.count >= MOST_AGENTS) throw new CodedError('QUOTA');
    const place = held ?? { inbox, since: position.nextId, registered_at: position.at };
    const agent: Agent = {
      agent_id,
      account,
      name,
      session_id,
      capabilities: [...new Set(capabilities)],
      inbox: place.inbox,
      since: place.since,
      registered_at: place.registered_at,
    };
    return { draft: { facts: [{ type: 'agent_registered', ...agent }] }, answer: agent };
  });
  await deps.presence.heard(agent.inbox);
  return {
    success: true,
    agent_id,
    websocket_url: `/ws/${agent_id}`,
    peers: await peersOf(deps, agent_id),
    ...(made ? { token: made.token, client_id: made.client_id, client_secret: made.client_secret } : {}),
    next: 'Send messages with POST /api/v1/messages, read yours with GET /api/v1/messages.',
  };
}

/** Ends an agent: its name is free, and nothing comes into its inbox any more. */
export async function deregister(
  deps: AgentDeps,
  caller: Caller,
  { agent_id }: InputOf<typeof deregisterAgent>,
): Promise<OutputOf<typeof deregisterAgent>> {
  const inbox = await deps.directory.submit(DIRECTORY, (state) => {
    const agent = requireAgent(state, caller, agent_id);
    return { draft: { facts: [{ type: 'agent_left', agent_id }] }, answer: agent.inbox };
  });
  await deps.inboxes.submit(inbox, () => ({
    draft: { facts: [{ type: 'inbox_closed' }] },
    answer: undefined,
  }));
  await deps.presence.left(inbox);
  return { success: true, agent_id };
}

/** @throws UNAUTHORIZED where people bring their accounts */
async function newcomer(deps: AgentDeps, name: string) {
  if (!deps.newcomer) throw new CodedError('UNAUTHORIZED');
  return deps.newcomer(name);
}

async function peersOf(deps: AgentDeps, agent_id: string) {
  const [{ state }, presenceOf] = await Promise.all([deps.directory.open(DIRECTORY), deps.presence.look()]);
  const others = all(state.agents).filter((agent) => agent.agent_id !== agent_id);
  return others.slice(0, PEERS).map((peer) => ({
    agent_id: peer.agent_id,
    name: peer.name,
    status: presenceOf(peer.inbox).status,
  }));
}
