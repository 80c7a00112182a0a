import { z } from 'zod';
import { holdsHidden } from '../kernel/json/visible.ts';
import { operation, READ, WRITE } from '../kernel/operation.ts';
import { ALL, agentId } from './names.ts';
import { TEXT, TYPE_NAMES } from './messages/types.ts';

const STATUS = ['active', 'idle', 'offline'] as const;
const own = agentId.optional().describe('Your agent; default: the one this client speaks as');

/** What everybody reads of an agent: it says what it shows. */
const shown = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !holdsHidden(text), 'must have no control characters and no invisible ones');

const idempotencyKey = z
  .string()
  .min(1)
  .max(128)
  .optional()
  .describe('Repeat a call with the same key and it takes effect once');

const peer = z.object({ agent_id: z.string(), name: z.string(), status: z.enum(STATUS) });

export const registerAgent = operation({
  name: 'register_agent',
  path: '/api/v1/agents/register',
  tool: false,
  open: 'optional',
  title: 'Register an agent',
  description:
    'Make an agent that others can find and write to, or change one of yours. In open mode no token is needed: the answer holds one.',
  method: 'POST',
  hints: WRITE,
  input: z.strictObject({
    agent_id: agentId,
    session_id: z.string().max(200).default('').describe('A label of your own; shown to nobody else'),
    name: shown(100),
    capabilities: z.array(shown(64)).max(32).default([]),
  }),
  output: z.object({
    success: z.literal(true),
    agent_id: z.string(),
    websocket_url: z.string(),
    peers: z.array(peer).describe('Who else is registered; the first hundred'),
    token: z
      .string()
      .optional()
      .describe('Where the call came without one: send it as Authorization: Bearer'),
    client_id: z.string().optional().describe('With client_secret: takes another token (client_credentials)'),
    client_secret: z.string().optional(),
    next: z.string(),
  }),
});

export const deregisterAgent = operation({
  name: 'deregister_agent',
  path: '/api/v1/agents/deregister',
  tool: false,
  title: 'Deregister an agent',
  description:
    'End an agent of yours: its name is free, and what it had not acknowledged goes to its senders’ dead letters.',
  method: 'POST',
  hints: WRITE,
  input: z.strictObject({ agent_id: agentId }),
  output: z.object({ success: z.literal(true), agent_id: z.string() }),
});

export const listAgents = operation({
  name: 'list_agents',
  path: '/api/v1/agents',
  title: 'List agents',
  description:
    'Who is registered, what they can do, and whether they are there. Write to one with send_agent_message.',
  method: 'GET',
  hints: READ,
  input: z.strictObject({
    capability: z.string().min(1).max(64).optional(),
    status: z.enum(STATUS).optional(),
    limit: z.int().min(1).max(500).default(100),
    cursor: z.string().max(100).optional(),
  }),
  output: z.object({
    agents: z.array(
      z.object({
        agent_id: z.string(),
        session_id: z.string().optional().describe('Of your own agents'),
        name: z.string(),
        status: z.enum(STATUS),
        capabilities: z.array(z.string()),
        last_heartbeat: z.string().nullable(),
      }),
    ),
    total: z.int(),
    you: z.string().nullable().describe('The agent that this client speaks as'),
    next_cursor: z.string().nullable(),
  }),
});

export const sendAgentMessage = operation({
  name: 'send_agent_message',
  path: '/api/v1/messages',
  title: 'Write to an agent',
  description: `Send text or a typed message (${TYPE_NAMES.join(', ')}) to one agent, or to ${ALL}. It waits for who is offline.`,
  method: 'POST',
  hints: WRITE,
  input: z.strictObject({
    from: own,
    to: z.union([z.literal(ALL), agentId]).describe(`An agent, or ${ALL}`),
    message: z
      .union([z.string(), z.record(z.string(), z.unknown())])
      .describe('Text, or a JSON object with a type'),
    ttl_s: z
      .int()
      .min(1)
      .max(2_592_000)
      .optional()
      .describe('Without an acknowledgement by then it is not delivered any more, seconds'),
    idempotency_key: idempotencyKey,
  }),
  output: z.object({
    success: z.literal(true),
    message_id: z.string(),
    receipt: z.literal('stored'),
    from: z.string(),
    to: z.string(),
    recipients: z.int().describe('Agents that it is for'),
    ts: z.string(),
  }),
});

export const envelope = z.object({
  message_id: z.string(),
  from: z.string(),
  to: z.string(),
  type: z.string().describe(`${TEXT}, or the type of the message`),
  message: z.unknown(),
  ts: z.string(),
  expires_at: z.string().optional(),
});

export const readInbox = operation({
  name: 'read_inbox',
  path: '/api/v1/messages',
  title: 'Read what was sent to your agent',
  description:
    'Messages after `cursor`, which acknowledges all before it; without a cursor those that were never acknowledged. Waits up to timeout_ms for one.',
  method: 'GET',
  hints: READ,
  input: z.strictObject({
    agent_id: own,
    limit: z.int().min(1).max(200).default(50),
    cursor: z.string().max(60).optional(),
    timeout_ms: z.int().min(0).max(45_000).default(0),
    max_tokens: z.int().min(200).max(20_000).default(8_000),
  }),
  output: z.object({
    agent_id: z.string(),
    messages: z.array(envelope),
    cursor: z.string(),
    has_more: z.boolean(),
    notice: z.string().optional(),
  }),
});

const REASONS = ['expired', 'deregistered'] as const;

export const messageReceipt = operation({
  name: 'message_receipt',
  path: '/api/v1/receipts',
  tool: false,
  title: 'What became of a message',
  description: 'Whether a message that your agent sent was stored, delivered or acknowledged, or has ended.',
  method: 'GET',
  hints: READ,
  input: z.strictObject({ agent_id: own, message_id: z.string().min(1).max(80) }),
  output: z.object({
    message_id: z.string(),
    ts: z.string(),
    receipt: z.enum(['stored', 'delivered', 'acknowledged', 'dead']),
    reason: z.enum(REASONS).optional().describe('Why it has ended'),
  }),
});

export const deadLetters = operation({
  name: 'dead_letters',
  path: '/api/v1/dead_letters',
  tool: false,
  title: 'Messages that ended unread',
  description: 'What your agent sent that was not acknowledged before its end.',
  method: 'GET',
  hints: READ,
  input: z.strictObject({
    agent_id: own,
    limit: z.int().min(1).max(200).default(50).describe('A page ends with the recipient that reaches it'),
    cursor: z.string().max(100).optional(),
  }),
  output: z.object({
    messages: z.array(
      z.object({
        message_id: z.string(),
        to: z.string(),
        type: z.string(),
        message: z.unknown(),
        ts: z.string(),
        ended_at: z.string(),
        reason: z.enum(REASONS),
      }),
    ),
    next_cursor: z.string().nullable(),
  }),
});

export const issueTicket = operation({
  name: 'issue_ticket',
  path: '/api/v1/tickets',
  tool: false,
  title: 'A ticket for a WebSocket',
  description: 'What opens your agent’s WebSocket once where no header can be sent, as in a browser.',
  method: 'POST',
  hints: WRITE,
  input: z.strictObject({ agent_id: own }),
  output: z.object({
    ticket: z.string(),
    expires_in_s: z.int(),
    websocket_url: z.string().describe('With the ticket in it'),
  }),
});

/** The operations of agents, in the order in which they are told. */
export const AGENT_OPERATIONS = [
  registerAgent,
  deregisterAgent,
  listAgents,
  sendAgentMessage,
  readInbox,
  messageReceipt,
  deadLetters,
  issueTicket,
] as const;

export type Envelope = z.output<typeof envelope>;
