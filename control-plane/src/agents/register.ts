import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import { randomHex } from '../kernel/hash.ts';
import type { InputOf, OutputOf } from '../kernel/operation.ts';
import type { AgentDeps } from './deps.ts';
import { endAgent } from './deregister.ts';
import { type Agent, DIRECTORY, type DirectoryState } from './directory/state.ts';
import type { registerAgent } from './operations.ts';
import { alike, all, find } from './shards.ts';

const MOST_AGENTS = 20_000;
const PEERS = 100;

/** Makes an agent, or changes one of the caller's. */
export async function register(
  deps: AgentDeps,
  caller: Caller | undefined,
  input: InputOf<typeof registerAgent>,
): Promise<OutputOf<typeof registerAgent>> {
  const { agent_id } = input;
  const { state } = await deps.directory.open(DIRECTORY);
  const held = find(state.agents, agent_id);
  // Before an account is made that would then stand there for nothing.
  requireFree(state, agent_id, caller?.account);
  // Its end was cut short: it is brought to its end first.
  if (held && (await deps.inboxes.open(held.inbox)).state.closed) await endAgent(deps, held);
  const made = caller ? undefined : await newcomer(deps, input.name);
  const owner = caller ?? { account: made?.account ?? '', clientId: made?.client_id ?? '' };
  const agent = await enroll(deps, owner, input);
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

type Enrolled = Pick<Agent, 'agent_id' | 'name' | 'session_id' | 'capabilities'>;

/**
 * Puts an agent into the directory.
 *
 * @param instead looked at first: an agent that makes a new one needless
 * @throws AGENT_TAKEN, AGENT_QUOTA
 */
export function enroll(
  deps: AgentDeps,
  { account, clientId }: Pick<Caller, 'account' | 'clientId'>,
  { agent_id, name, session_id, capabilities }: Enrolled,
  instead: (state: DirectoryState) => Agent | undefined = () => undefined,
): Promise<Agent> {
  const inbox = `inbox_${randomHex(16)}`;
  return deps.directory.submit(DIRECTORY, (state, { nextId, at }) => {
    const present = instead(state);
    if (present) return { answer: present };
    const held = find(state.agents, agent_id);
    requireFree(state, agent_id, account);
    if (!held) requireRoom(deps, state, account);
    const { client, since, registered_at, ...place } = held ?? {
      inbox,
      client: clientId,
      since: nextId,
      registered_at: at,
    };
    const agent: Agent = {
      agent_id,
      account,
      client,
      name,
      session_id,
      capabilities: [...new Set(capabilities)],
      inbox: place.inbox,
      since,
      registered_at,
    };
    return { draft: { facts: [{ type: 'agent_registered', ...agent }] }, answer: agent };
  });
}

/** Who reads `Alpha` takes it for `alpha`: both are one account's. @throws AGENT_TAKEN */
function requireFree({ agents }: DirectoryState, agentId: string, account: string | undefined): void {
  if (alike(agents, agentId).some((agent) => agent.account !== account)) throw new CodedError('AGENT_TAKEN');
}

/** @throws AGENT_QUOTA */
function requireRoom({ mostOfOne }: AgentDeps, state: DirectoryState, account: string): void {
  const own = find(state.counts, account) ?? 0;
  if (state.count >= MOST_AGENTS || (mostOfOne > 0 && own >= mostOfOne)) throw new CodedError('AGENT_QUOTA');
}

/** @throws UNAUTHORIZED where people bring their accounts */
async function newcomer(deps: AgentDeps, name: string) {
  if (!deps.newcomer) throw new CodedError('UNAUTHORIZED');
  return deps.newcomer(name);
}

async function peersOf(deps: AgentDeps, agent_id: string) {
  const [{ state }, presenceOf] = await Promise.all([deps.directory.open(DIRECTORY), deps.presence.look()]);
  const first = all(state.agents, PEERS + 1).filter((agent) => agent.agent_id !== agent_id);
  return first.slice(0, PEERS).map((peer) => ({
    agent_id: peer.agent_id,
    name: peer.name,
    status: presenceOf(peer.inbox).status,
  }));
}
