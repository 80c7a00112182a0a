import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import type { Json } from '../kernel/json/value.ts';
import type { InputOf, OutputOf } from '../kernel/operation.ts';
import type { DraftFact, Position } from '../log/model.ts';
import { requireAgent } from './access.ts';
import type { AgentDeps } from './deps.ts';
import { type Agent, DIRECTORY, type DirectoryState } from './directory/state.ts';
import { type Message, readMessage } from './messages/read-message.ts';
import { messageId } from './messages/message-id.ts';
import { ALL } from './names.ts';
import type { sendAgentMessage } from './operations.ts';
import { type Keyed, keyed, recall } from './remembered.ts';
import { find } from './shards.ts';

type Input = InputOf<typeof sendAgentMessage>;
type Output = OutputOf<typeof sendAgentMessage>;

/** Messages that may wait for an agent; beyond that it has to read first. */
const MOST_WAITING = 10_000;

/** What is remembered of a call, which a repeated one is answered with. */
type Sent = { readonly id: number; readonly ts: string; readonly recipients: number };

/** Writes a message into its recipient's log, or into the one for everybody, and answers once it is durable. */
export async function send(deps: AgentDeps, caller: Caller, input: Input): Promise<Output> {
  const { from, to } = input;
  const message = readMessage(input.message);
  const call = keyed(input.idempotency_key, { to, message: message.content, ttl_s: input.ttl_s ?? null });
  const { state } = await deps.directory.open(DIRECTORY);
  const sender = requireAgent(state, caller, from);
  const what = { message, call, ttlMs: (input.ttl_s ?? 0) * 1_000 };
  const [stream, sent] =
    to === ALL
      ? [DIRECTORY, await toAll(deps, caller, from, what)]
      : await toOne(deps, state, sender, to, what);
  await deps.presence.heard(sender.inbox);
  const { id, ts, recipients } = sent;
  return { success: true, message_id: messageId(stream, id), receipt: 'stored', to, recipients, ts };
}

interface What {
  readonly message: Message;
  readonly call: Keyed | undefined;
  /** 0 for a message without an end. */
  readonly ttlMs: number;
}

async function toOne(
  deps: AgentDeps,
  state: DirectoryState,
  sender: Agent,
  to: string,
  what: What,
): Promise<readonly [string, Sent]> {
  const recipient = find(state.agents, to);
  if (!recipient) throw new CodedError('AGENT_NOT_FOUND', { field: 'to' });
  const sent = await deps.inboxes.submit(recipient.inbox, (inbox, position) => {
    const known = recall(inbox.remembered, sender.inbox, what.call);
    if (known !== undefined) return { answer: known as Sent };
    if (inbox.closed) throw new CodedError('AGENT_NOT_FOUND', { field: 'to' });
    if (position.nextId - 1 - inbox.acknowledged.direct >= MOST_WAITING) throw new CodedError('INBOX_FULL');
    return drafted(sender, position, what, 1);
  });
  return [recipient.inbox, sent];
}

/** The senders and everybody whom it is for are those of the very commit. */
function toAll(deps: AgentDeps, caller: Caller, from: string, what: What): Promise<Sent> {
  return deps.directory.submit(DIRECTORY, (state, position) => {
    const sender = requireAgent(state, caller, from);
    const known = recall(state.remembered, sender.inbox, what.call);
    if (known !== undefined) return { answer: known as Sent };
    return drafted(sender, position, what, state.count - 1);
  });
}

function drafted(sender: Agent, position: Position, { message, call, ttlMs }: What, recipients: number) {
  const sent: Sent = { id: position.nextId, ts: new Date(position.at).toISOString(), recipients };
  const expires_at = ttlMs === 0 ? undefined : position.at + ttlMs;
  const body: Json = {
    message: message.content,
    sender: sender.inbox,
    ...(expires_at === undefined ? {} : { expires_at }),
  };
  const facts: DraftFact[] = [
    ...(expires_at === undefined ? [] : [{ type: 'ends', id: sent.id, sender: sender.inbox, expires_at }]),
    ...(call ? [{ type: 'remembered', sender: sender.inbox, ...call, result: sent }] : []),
  ];
  const entry = { sender: sender.agent_id, sender_kind: 'member' as const, kind: message.type, body };
  return { draft: { entries: [entry], facts }, answer: sent };
}
