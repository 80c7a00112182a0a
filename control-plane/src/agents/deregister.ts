import type { Caller } from '../identity/caller.ts';
import type { InputOf, OutputOf } from '../kernel/operation.ts';
import type { Position } from '../log/model.ts';
import { requireAgent } from './access.ts';
import type { AgentDeps } from './deps.ts';
import { type Agent, DIRECTORY } from './directory/state.ts';
import { readBody } from './messages/body.ts';
import type { deregisterAgent } from './operations.ts';
import { find } from './shards.ts';

/** Messages of a closed inbox that their senders may still read of. */
const MOST_RETURNED = 1_000;

/** Ends one of the caller's agents. */
export async function deregister(
  deps: AgentDeps,
  caller: Caller,
  { agent_id }: InputOf<typeof deregisterAgent>,
): Promise<OutputOf<typeof deregisterAgent>> {
  const { state } = await deps.directory.open(DIRECTORY);
  await endAgent(deps, requireAgent(state, caller, agent_id));
  return { success: true, agent_id };
}

/**
 * Ends an agent: its name is free, and nothing comes into its inbox any more. The inbox goes first: a crash
 * in between leaves an agent that may be ended again, and no message that nobody would tell of.
 */
export async function endAgent(deps: AgentDeps, agent: Agent): Promise<void> {
  await closeInbox(deps, agent);
  await leave(deps, agent);
  await deps.presence.left(agent.inbox);
}

/** Takes an agent out of the directory, unless another of its name has come into its place. */
function leave({ directory }: AgentDeps, { agent_id, inbox }: Agent): Promise<void> {
  return directory.submit(DIRECTORY, ({ agents }) => ({
    ...(find(agents, agent_id)?.inbox === inbox
      ? { draft: { facts: [{ type: 'agent_left', agent_id }] } }
      : {}),
    answer: undefined,
  }));
}

/** What was not acknowledged becomes its senders' dead letters. */
async function closeInbox({ inboxes }: AgentDeps, { inbox }: Agent): Promise<void> {
  await inboxes.submit(inbox, () => ({
    draft: { facts: [{ type: 'inbox_closed' }] },
    answer: undefined,
  }));
  // From here on nothing comes in: what is read now is all there is.
  const stream = await inboxes.known(inbox);
  const last = stream.folded.nextId - 1;
  const first = Math.max(stream.state.acknowledged.direct + 1, last - MOST_RETURNED + 1);
  const left: { readonly id: number; readonly sender: string; readonly expires_at?: number }[] = [];
  for await (const { entries } of inboxes.commitsFrom(stream, first))
    for (const entry of entries)
      if (entry.id >= first) {
        const { sender, expires_at } = readBody(entry);
        left.push({ id: entry.id, sender, ...(expires_at === undefined ? {} : { expires_at }) });
      }
  if (left.length === 0) return;
  await inboxes.submit(inbox, (_state, { at }: Position) => ({
    draft: {
      facts: left.map(({ expires_at = at, ...message }) => ({
        type: 'ends',
        ...message,
        expires_at: Math.min(at, expires_at),
      })),
    },
    answer: undefined,
  }));
}
