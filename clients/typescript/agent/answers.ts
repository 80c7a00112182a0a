import type { z } from 'zod';
import type { AGENT_OPERATIONS } from '../../../control-plane/src/agents/operations.ts';
import type { AgentMessage } from './messages.ts';

/** The server's operations, as types only: a client shares nothing with the server but its interface. */
type Operations = { [O in (typeof AGENT_OPERATIONS)[number] as O['name']]: O };
type Answer<Name extends keyof Operations> = z.output<Operations[Name]['output']>;

export type Registered = Answer<'register_agent'>;
export type Sent = Answer<'send_agent_message'>;
export type Agents = Answer<'list_agents'>;
export type Receipt = Answer<'message_receipt'>;
export type DeadLetters = Answer<'dead_letters'>;
export type Ticket = Answer<'issue_ticket'>;
export type Filter = z.input<Operations['list_agents']['input']>;
export type Status = Agents['agents'][number]['status'];

/** One page of what was sent to the agent. */
export type Inbox = Omit<Answer<'read_inbox'>, 'messages'> & { readonly messages: readonly AgentMessage[] };

/** Peers that came or went. */
export interface Presence {
  readonly changes: readonly { readonly agent_id: string; readonly status: Status }[];
  /** There were others as well: list them. */
  readonly more: boolean;
}
