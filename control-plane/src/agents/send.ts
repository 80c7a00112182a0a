import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import { type Idempotency, keyedCall } from '../kernel/idempotency.ts';
import type { CallContext, InputOf, OutputOf } from '../kernel/operation.ts';
import type { DraftFact, Position } from '../log/model.ts';
import { requireAgent } from './access.ts';
import type { AgentDeps } from './deps.ts';
import { type Agent, DIRECTORY } from './directory/state.ts';
import type { MessageBody } from './messages/body.ts';
import { messageId } from './messages/message-id.ts';
import { type Message, readMessage } from './messages/read-message.ts';
import { ALL } from './names.ts';
import { findAgents } from './next-call.ts';
import type { sendAgentMessage } from './operations.ts';
import { type Own, ownAgent } from './own-agent.ts';
import { recall } from './remembered.ts';
import { find } from './shards.ts';

type Input = InputOf<typeof sendAgentMessage>;
type Output = OutputOf<typeof sendAgentMessage>;

/** Messages that may wait for an agent; beyond that it has to read first. */
const MOST_WAITING = 10_000;

/** What is remembered of a call, which a repeated one is answered with. */
type Sent = { readonly id: number; readonly ts: string; readonly recipients: number };

/** Writes a message into its recipient's log, or into the one for everybody, and answers once it is durable. */
export async function send(
  deps: AgentDeps,
  caller: Caller,
  input: Input,
  context: Pick<CallContext, 'counted'>,
): Promise<Output> {
  const message = readMessage(input.message);
  return sendAs(deps, caller, await ownAgent(deps, caller, input.from, context), input, message);
}

/** As send, for an agent that was looked up, and counted, already. */
export async function sendAs(
  deps: AgentDeps,
  caller: Caller,
  own: Own,
  input: Omit<Input, 'from'>,
  message: Message = readMessage(input.message),
): Promise<Output> {
  const { to } = input;
  // Before the message is written: what is stored is not answered with a failure.
  await deps.presence.heard(own.agent.inbox);
  const { idempotency_key: key, ttl_s = null } = input;
  const call = key === undefined ? undefined : keyedCall(key, { to, message: message.content, ttl_s });
  const what = { message, call, ttlMs: (ttl_s ?? 0) * 1_000 };
  const [stream, { id, ts, recipients }] =
    to === ALL ? [DIRECTORY, await toAll(deps, caller, own, what)] : await toOne(deps, own, to, what);
  const { agent_id: from } = own.agent;
  deps.metrics.message(to === ALL ? 'all' : 'one');
  return { success: true, message_id: messageId(stream, id), receipt: 'stored', from, to, recipients, ts };
}

interface What {
  readonly message: Message;
  readonly call: Idempotency | undefined;
  /** 0 for a message without an end. */
  readonly ttlMs: number;
}

async function toOne(
  deps: AgentDeps,
  { agent: sender, state }: Own,
  to: string,
  what: What,
): Promise<readonly [string, Sent]> {
  const recipient = find(state.agents, to);
  if (!recipient) throw new CodedError('AGENT_NOT_FOUND', { field: 'to', next_call: findAgents });
  const after = (await deps.directory.known(DIRECTORY)).folded.nextId - 1;
  const sent = await deps.inboxes.submit(recipient.inbox, (inbox, position) => {
    const known = recall(inbox.remembered, sender.inbox, what.call);
    if (known !== undefined) return { answer: known as Sent };
    if (inbox.closed) throw new CodedError('AGENT_NOT_FOUND', { field: 'to', next_call: findAgents });
    if (position.nextId - 1 - inbox.acknowledged.direct >= MOST_WAITING) throw new CodedError('INBOX_FULL');
    return drafted(sender, position, what, { to, recipients: 1, after });
  });
  return [recipient.inbox, sent];
}

/** Who it is for, and that the sender is registered, is decided at the very commit. */
function toAll(deps: AgentDeps, caller: Caller, { agent }: Own, what: What): Promise<Sent> {
  return deps.directory.submit(DIRECTORY, (state, position) => {
    const sender = requireAgent(state, caller, agent.agent_id);
    const known = recall(state.remembered, sender.inbox, what.call);
    if (known !== undefined) return { answer: known as Sent };
    return drafted(sender, position, what, { to: ALL, recipients: state.count - 1 });
  });
}

function drafted(
  { inbox, agent_id }: Agent,
  { nextId: id, at }: Position,
  { message, call, ttlMs }: What,
  { to, recipients, after }: { readonly to: string; readonly recipients: number; readonly after?: number },
) {
  const sent: Sent = { id, ts: new Date(at).toISOString(), recipients };
  const end = ttlMs === 0 ? undefined : { expires_at: at + ttlMs };
  const body: MessageBody = {
    message: message.content,
    sender: inbox,
    to,
    ...(after === undefined ? {} : { after }),
    ...end,
  };
  const facts: DraftFact[] = [
    ...(end && after !== undefined ? [{ type: 'ends', id, sender: inbox, ...end }] : []),
    ...(call ? [{ type: 'remembered', sender: inbox, ...call, result: sent }] : []),
  ];
  const entry = { sender: agent_id, sender_kind: 'member' as const, kind: message.type, body };
  return { draft: { entries: [entry], facts }, answer: sent };
}
