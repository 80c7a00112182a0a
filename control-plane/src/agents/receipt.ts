import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import type { CallContext, InputOf, OutputOf } from '../kernel/operation.ts';
import type { AgentDeps } from './deps.ts';
import { DIRECTORY } from './directory/state.ts';
import { type InboxState, reasonOf } from './inbox/state.ts';
import { readBody } from './messages/body.ts';
import { placeOf } from './messages/message-id.ts';
import type { messageReceipt } from './operations.ts';
import { ownAgent } from './own-agent.ts';

/** What became of a message that the caller's agent sent. @throws MESSAGE_NOT_FOUND */
export async function receipt(
  deps: AgentDeps,
  caller: Caller,
  { agent_id, message_id }: InputOf<typeof messageReceipt>,
  context: CallContext,
): Promise<OutputOf<typeof messageReceipt>> {
  const { agent } = await ownAgent(deps, caller, agent_id, context);
  const { stream, id } = placeOf(message_id);
  const entry =
    stream === DIRECTORY
      ? await deps.directory.entry(await deps.directory.open(stream), id)
      : await deps.inboxes.entry(await deps.inboxes.open(stream), id);
  // One that is somebody else's is no more known to this agent than one that does not exist.
  if (!entry || readBody(entry).sender !== agent.inbox) throw new CodedError('MESSAGE_NOT_FOUND');
  const { expires_at } = readBody(entry);
  const told = { message_id, ts: entry.ts };
  if (stream === DIRECTORY) return { ...told, receipt: 'stored' };
  const { state } = await deps.inboxes.known(stream);
  return { ...told, ...became(state, id, expires_at, deps.clock.now()) };
}

/** Never more than is true: of what was forgotten it only says that it was stored. */
function became(
  { acknowledged, delivered, ending, endsForgotten, closed }: InboxState,
  id: number,
  expiresAt: number | undefined,
  now: number,
): Pick<OutputOf<typeof messageReceipt>, 'receipt' | 'reason'> {
  const end = ending.find((message) => message.id === id);
  if (end && end.expires_at <= now) return { receipt: 'dead', reason: reasonOf(end, expiresAt) };
  if (!end && expiresAt !== undefined && id <= endsForgotten) return { receipt: 'stored' };
  if (id <= acknowledged.direct) return { receipt: 'acknowledged' };
  if (closed) return { receipt: 'dead', reason: 'deregistered' };
  return { receipt: id <= delivered.direct ? 'delivered' : 'stored' };
}
