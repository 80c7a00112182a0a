import type { Caller } from '../identity/caller.ts';
import type { CallContext, InputOf, OutputOf } from '../kernel/operation.ts';
import type { AgentDeps } from './deps.ts';
import type { issueTicket } from './operations.ts';
import { ownAgent } from './own-agent.ts';
import { TICKET_MS } from './tickets.ts';

/** Makes a ticket with which a browser, which can send no header, opens its agent's socket. */
export async function ticket(
  deps: AgentDeps,
  caller: Caller,
  { agent_id }: InputOf<typeof issueTicket>,
  context: CallContext,
): Promise<OutputOf<typeof issueTicket>> {
  const { agent } = await ownAgent(deps, caller, agent_id, context);
  const secret = await deps.tickets.issue({ agent_id: agent.agent_id, token_key: caller.tokenKey ?? '' });
  return {
    ticket: secret,
    expires_in_s: TICKET_MS / 1_000,
    websocket_url: `/ws/${agent.agent_id}?ticket=${secret}`,
  };
}
