import type { Caller } from '../identity/caller.ts';
import type { CallContext, InputOf, OutputOf } from '../kernel/operation.ts';
import type { AgentDeps } from './deps.ts';
import { listDeadLetters } from './dead-letters.ts';
import { deregister } from './deregister.ts';
import { list } from './list.ts';
import type { AGENT_OPERATIONS } from './operations.ts';
import { read } from './read.ts';
import { receipt } from './receipt.ts';
import { register } from './register.ts';
import { send } from './send.ts';
import { ticket } from './ticket.ts';

type Operations = { [O in (typeof AGENT_OPERATIONS)[number] as O['name']]: O };

/** One service for each operation of agents. Throws CodedError. */
export type AgentHandlers = {
  readonly [Name in keyof Operations]: (
    caller: Operations[Name] extends { readonly open: 'optional' } ? Caller | undefined : Caller,
    input: InputOf<Operations[Name]>,
    context: CallContext,
  ) => Promise<OutputOf<Operations[Name]>>;
};

/** The services behind every operation of agents, as the edges call them. */
export function agentHandlers(deps: AgentDeps): AgentHandlers {
  return {
    register_agent: (caller, input) => register(deps, caller, input),
    deregister_agent: (caller, input) => deregister(deps, caller, input),
    list_agents: (caller, input, context) => list(deps, caller, input, context),
    send_agent_message: (caller, input, context) => send(deps, caller, input, context),
    read_inbox: (caller, input, context) => read(deps, caller, input, context),
    message_receipt: (caller, input, context) => receipt(deps, caller, input, context),
    dead_letters: (caller, input, context) => listDeadLetters(deps, caller, input, context),
    issue_ticket: (caller, input, context) => ticket(deps, caller, input, context),
  };
}
