import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import type { CallContext, InputOf, OutputOf } from '../kernel/operation.ts';
import type { TagCursor } from '../log/store.ts';
import { readTagCursor, writeTagCursor } from '../log/tag-cursor.ts';
import type { AgentDeps } from './deps.ts';
import type { Agent } from './directory/state.ts';
import { endingOf } from './inbox/model.ts';
import { reasonOf } from './inbox/state.ts';
import { readBody } from './messages/body.ts';
import { messageId } from './messages/message-id.ts';
import type { deadLetters } from './operations.ts';
import { ownAgent } from './own-agent.ts';

/** Recipients that one call looks at: most of what was sent with an end was read before it. */
const MOST_RECIPIENTS = 100;

type Letter = OutputOf<typeof deadLetters>['messages'][number];

/** What the caller's agent sent that ended before it was acknowledged; a page is whole recipients. */
export async function listDeadLetters(
  deps: AgentDeps,
  caller: Caller,
  { agent_id, limit, cursor }: InputOf<typeof deadLetters>,
  context: CallContext,
): Promise<OutputOf<typeof deadLetters>> {
  const { agent } = await ownAgent(deps, caller, agent_id, context);
  const after = cursor === undefined ? {} : { after: readCursor(cursor) };
  const page = { limit: MOST_RECIPIENTS, ...after };
  const recipients = await deps.inboxes.store.streamsByTag(endingOf(agent.inbox), page);
  const messages: Letter[] = [];
  for (const recipient of recipients) {
    messages.push(...(await lettersIn(deps, agent, recipient.stream)));
    if (messages.length >= limit) return { messages, next_cursor: writeTagCursor(recipient) };
  }
  const last = recipients.length < MOST_RECIPIENTS ? undefined : recipients.at(-1);
  return { messages, next_cursor: last ? writeTagCursor(last) : null };
}

/** Newest first. */
async function lettersIn(deps: AgentDeps, { inbox }: Agent, stream: string): Promise<Letter[]> {
  const recipient = await deps.inboxes.open(stream);
  const now = deps.clock.now();
  const ended = recipient.state.ending.filter(
    ({ sender, expires_at }) => sender === inbox && expires_at <= now,
  );
  const letters: Letter[] = [];
  for (const end of ended.toReversed()) {
    const entry = await deps.inboxes.entry(recipient, end.id);
    if (!entry) continue;
    const { message, to, expires_at } = readBody(entry);
    letters.push({
      message_id: messageId(stream, end.id),
      to,
      type: entry.kind,
      message,
      ts: entry.ts,
      ended_at: new Date(end.expires_at).toISOString(),
      reason: reasonOf(end, expires_at),
    });
  }
  return letters;
}

/** @throws BAD_CURSOR */
function readCursor(text: string): TagCursor {
  const cursor = readTagCursor(text, /^inbox_[0-9a-f]{32}$/);
  if (!cursor) throw new CodedError('BAD_CURSOR', { field: 'cursor' });
  return cursor;
}
