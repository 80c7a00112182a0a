import type { Commit, Entry } from '../../log/commit.ts';
import type { Stream } from '../../log/stream.ts';
import type { AgentDeps } from '../deps.ts';
import { type Agent, DIRECTORY, type DirectoryState } from '../directory/state.ts';
import { readBody } from '../messages/body.ts';
import type { InboxState, Place } from './state.ts';

/** An entry of one of the two streams that an inbox is made of. */
export interface Incoming {
  readonly from: keyof Place;
  readonly entry: Entry;
}

/**
 * Both streams after a place, in an order that keeps each sender's: a direct message comes after the
 * broadcasts that its sender had seen, its own among them, and before all others.
 */
export async function* merged(deps: AgentDeps, agent: Agent, from: Place): AsyncGenerator<Incoming> {
  const { inbox, directory, upTo } = await view(deps, agent, from);
  const direct = entries(deps.inboxes.commitsFrom(inbox, from.direct + 1), from.direct, upTo.direct);
  const shared = deps.directory.commitsFrom(directory, from.broadcast + 1);
  const broadcast = entries(shared, from.broadcast, upTo.broadcast);
  let [one, other] = [await direct.next(), await broadcast.next()];
  while (!one.done || !other.done) {
    if (!one.done && (other.done || (readBody(one.value).after ?? 0) < other.value.id)) {
      yield { from: 'direct', entry: one.value };
      one = await direct.next();
    } else if (!other.done) {
      yield { from: 'broadcast', entry: other.value };
      other = await broadcast.next();
    }
  }
}

interface View {
  readonly inbox: Stream<InboxState>;
  readonly directory: Stream<DirectoryState>;
  readonly upTo: Place;
}

/**
 * Both streams up to where they fit together: no message without the broadcasts that come before it, and no
 * broadcast without the messages that its sender wrote before. Other servers may be ahead in one of them.
 */
async function view(
  { inboxes, directory: directories }: AgentDeps,
  agent: Agent,
  from: Place,
): Promise<View> {
  let directory = await directories.known(DIRECTORY);
  for (let isFresh = false; ; isFresh = true) {
    const broadcast = directory.folded.nextId - 1;
    const hasNew = broadcast > from.broadcast;
    const inbox = await (hasNew ? inboxes.open(agent.inbox) : inboxes.known(agent.inbox));
    const { state, nextId } = inbox.folded;
    // What is missing from all that was written before is missing for good: the store is an older copy of itself.
    if (state.knows <= broadcast || isFresh)
      return { inbox, directory, upTo: { direct: nextId - 1, broadcast } };
    directory = await directories.open(DIRECTORY);
  }
}

async function* entries(commits: AsyncIterable<Commit>, after: number, upTo: number): AsyncGenerator<Entry> {
  for await (const commit of commits)
    for (const entry of commit.entries) {
      if (entry.id > upTo) return;
      if (entry.id > after) yield entry;
    }
}
