import type { CommitStore } from '../../../control-plane/src/log/store.ts';
import type { Commit, Entry } from '../../../control-plane/src/log/commit.ts';
import { type Agent, DIRECTORY } from '../../../control-plane/src/agents/directory/state.ts';
import type { Place } from '../../../control-plane/src/agents/inbox/state.ts';
import { messageId } from '../../../control-plane/src/agents/messages/message-id.ts';
import type { JsonObject } from '../../../control-plane/src/kernel/json/value.ts';
import { textOf } from '../agents/notes.ts';
import { checkOrder, type Violation } from './channel.ts';
import { commitsOf } from './commits.ts';

/** A message as the store holds it. */
export interface Stored {
  readonly message_id: string;
  readonly stream: string;
  readonly id: number;
  /** Its commit's number. */
  readonly n: number;
  readonly from: string;
  readonly text: string;
}

/** An agent from its registration on, as the store tells of it. */
export interface Life {
  readonly agent_id: string;
  readonly inbox: string;
  /** Broadcasts from this entry on are for it, and up to, without, the other. */
  readonly since: number;
  until: number;
  /** What was sent to it alone, and to all while it was registered, each in order. */
  readonly direct: readonly Stored[];
  readonly broadcast: readonly Stored[];
  /** What its inbox says to be acknowledged, in order, each with its commit's number. */
  readonly acknowledged: readonly (Place & { readonly n: number })[];
}

/** All that the store holds of agents. */
export interface TownLog {
  readonly violations: readonly Violation[];
  readonly lives: readonly Life[];
  readonly messages: readonly Stored[];
}

type Registration = Pick<Agent, 'agent_id' | 'inbox' | 'since'> & { until: number };

/** Reads the directory and every inbox that it ever named. */
export async function readTown(store: CommitStore): Promise<TownLog> {
  const directory = await commitsOf(store, DIRECTORY);
  const violations = checkOrder(directory).map((violation) => `${DIRECTORY}: ${violation}`);
  const broadcasts = messagesIn(directory);
  const messages = [...broadcasts];
  const lives: Life[] = [];
  for (const registration of registrationsIn(directory)) {
    const { agent_id, inbox, since, until } = registration;
    const commits = await commitsOf(store, inbox);
    violations.push(...checkOrder(commits).map((violation) => `${inbox}: ${violation}`));
    const direct = messagesIn(commits);
    messages.push(...direct);
    const broadcast = broadcasts.filter(({ id, from }) => id >= since && id < until && from !== agent_id);
    lives.push({ ...registration, direct, broadcast, acknowledged: acknowledgedIn(commits) });
  }
  return { violations, lives, messages };
}

function messagesIn(commits: readonly Commit[]): Stored[] {
  return commits.flatMap((commit) => commit.entries.map((entry) => stored(commit, entry)));
}

function stored({ stream, n }: Commit, { id, sender, body }: Entry): Stored {
  const text = textOf((body as JsonObject)['message']);
  return { message_id: messageId(stream, id), stream, id, n, from: sender, text };
}

function registrationsIn(directory: readonly Commit[]): readonly Registration[] {
  const all: Registration[] = [];
  for (const fact of directory.flatMap(({ facts }) => facts)) {
    const { agent_id, inbox, since } = fact as unknown as Agent;
    const held = all.find((one) => one.agent_id === agent_id && one.until === Number.POSITIVE_INFINITY);
    if (fact.type === 'agent_left' && held) held.until = fact.before;
    if (fact.type === 'agent_registered' && held?.inbox !== inbox)
      all.push({ agent_id, inbox, since, until: Number.POSITIVE_INFINITY });
  }
  return all;
}

function acknowledgedIn(commits: readonly Commit[]): Life['acknowledged'] {
  return commits.flatMap(({ n, facts }) =>
    facts.filter(({ type }) => type === 'acknowledged').map((fact) => ({ n, ...(fact as unknown as Place) })),
  );
}
