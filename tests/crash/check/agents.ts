import type { CommitStore } from '../../../control-plane/src/log/store.ts';
import { DIRECTORY } from '../../../control-plane/src/agents/directory/state.ts';
import type { AgentLedger, Sent } from '../agents/notes.ts';
import type { Violation } from './channel.ts';
import { checkReader } from './reader.ts';
import { checkReceipts } from './receipts.ts';
import { type Life, readTown, type Stored, type TownLog } from './town-log.ts';

/** What the store holds of agents, counted, and everything that is wrong with it. */
export interface TownVerdict {
  readonly violations: readonly Violation[];
  readonly messages: number;
  readonly broadcasts: number;
  /** Handed over, and those of them that had been handed over before. */
  readonly handed: number;
  readonly repeats: number;
}

/** Holds what the store says of agents against what they were told. Reads nothing but the store. */
export async function checkAgents(store: CommitStore, ledger: AgentLedger): Promise<TownVerdict> {
  const town = await readTown(store);
  const handed = ledger.readings.flatMap(({ agent_id, handed: all }) =>
    all.map(({ message_id }) => `${agent_id} ${message_id}`),
  );
  return {
    violations: [
      ...town.violations,
      ...checkTexts(town, ledger),
      ...ledger.sent.flatMap((sent) => checkSent(sent, town)),
      ...town.lives.flatMap((life) => checkReader(life, ledger)),
      ...checkStrangers(town, ledger),
      ...checkReceipts(town, ledger),
    ],
    messages: town.messages.length,
    broadcasts: town.messages.filter(({ stream }) => stream === DIRECTORY).length,
    handed: handed.length,
    repeats: handed.length - new Set(handed).size,
  };
}

/** Every text is there once at most; none that was refused is there. */
function checkTexts({ messages }: TownLog, { refused }: AgentLedger): Violation[] {
  const violations: Violation[] = [];
  const byText = Map.groupBy(messages, ({ text }) => text);
  for (const [text, found] of byText)
    if (found.length > 1) violations.push(`${JSON.stringify(text)} is there ${found.length} times`);
  for (const { text } of refused)
    if (byText.has(text)) violations.push(`${JSON.stringify(text)} was refused, and is there`);
  return violations;
}

/** An answered message is in the stream it belongs to, under the id that was told, and counts whom it reaches. */
function checkSent(sent: Sent, { messages, lives }: TownLog): Violation[] {
  const { text, message_id, agent_id, to, recipients } = sent;
  const what = `${JSON.stringify(text)}, answered as ${message_id},`;
  const found = messages.find((message) => message.text === text);
  if (!found) return [`${what} is missing`];
  if (found.message_id !== message_id) return [`${what} is ${found.message_id}`];
  if (found.from !== agent_id) return [`${what} is of ${found.from}, not of ${agent_id}`];
  if (!streamsOf(to, lives).includes(found.stream))
    return [`${what} stands in ${found.stream}, not with ${to}`];
  const reached = to === 'ALL' ? registeredAt(found, lives).length : 1;
  return reached === recipients ? [] : [`${what} was for ${reached}, and told to be for ${recipients}`];
}

function streamsOf(to: string, lives: readonly Life[]): readonly string[] {
  if (to === 'ALL') return [DIRECTORY];
  return lives.filter(({ agent_id }) => agent_id === to).map(({ inbox }) => inbox);
}

/** Whom a broadcast is for: those registered at its commit, without who sent it. */
function registeredAt({ id, from }: Stored, lives: readonly Life[]): readonly Life[] {
  return lives.filter(({ agent_id, since, until }) => since <= id && id < until && agent_id !== from);
}

/** Whoever read anything is registered in the store. */
function checkStrangers({ lives }: TownLog, { readings }: AgentLedger): Violation[] {
  const known = new Set(lives.map(({ agent_id }) => agent_id));
  const strangers = readings.filter(({ agent_id, handed }) => handed.length > 0 && !known.has(agent_id));
  return [...new Set(strangers.map(({ agent_id }) => `${agent_id} read, and was never registered`))];
}
