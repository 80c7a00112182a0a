import type { AgentLedger, Handed, Reading } from '../agents/notes.ts';
import type { Violation } from './channel.ts';
import { knownAcknowledged, named } from './acknowledged.ts';
import type { Life, Stored } from './town-log.ts';

/** What one agent was handed: all that was for it, nothing else, in order, and nothing again that is done with. */
export function checkReader(life: Life, ledger: AgentLedger): Violation[] {
  const own = ledger.readings.filter(({ agent_id }) => agent_id === life.agent_id);
  const found = [
    ...own.flatMap((reading) => [
      ...checkOwn(life, reading),
      ...checkSenders(life, reading, own),
      ...checkRun(life.direct, reading, own, life, ledger),
      ...checkRun(life.broadcast, reading, own, life, ledger),
    ]),
    ...checkWhole(life, own),
    ...checkNamed(life, own),
  ];
  return found.map((violation) => `${life.agent_id}: ${violation}`);
}

/** Everything handed over is in the store, as it was shown, and for this agent. */
function checkOwn({ direct, broadcast, agent_id }: Life, { handed }: Reading): Violation[] {
  const known = new Map(
    [
      ...direct.map((message) => ({ ...message, to: agent_id })),
      ...broadcast.map((message) => ({ ...message, to: 'ALL' })),
    ].map((message) => [message.message_id, message]),
  );
  return handed
    .filter(({ message_id, from, to, text }) => {
      const message = known.get(message_id);
      return message?.from !== from || message.to !== to || message.text !== text;
    })
    .map((message) => `was handed ${told(message)}, which is not for it or not so in the store`);
}

/**
 * What one sender wrote, to it and to all, comes in the order in which that sender was answered, and none of
 * it is left out but what the agent had said to be done with.
 */
function checkSenders({ direct, broadcast }: Life, reading: Reading, own: readonly Reading[]): Violation[] {
  const violations: Violation[] = [];
  const done = named(own, reading.began);
  const left = [direct, broadcast].flatMap((expected) => expected.slice(doneWith(expected, done)));
  const open = Map.groupBy(left, ({ from }) => from);
  for (const [from, handed] of Map.groupBy(reading.handed, (message) => message.from)) {
    for (const [index, message] of handed.entries()) {
      const before = handed[index - 1];
      if (before && numberOf(before) >= numberOf(message))
        violations.push(`was handed ${told(message)} after ${told(before)}`);
    }
    const numbers = new Set(handed.map(numberOf));
    const last = Math.max(...numbers);
    for (const message of open.get(from) ?? []) {
      const number = numberOf(message);
      if (number < last && !numbers.has(number))
        violations.push(`was not handed ${told(message)} beside later ones, and had not acknowledged it`);
    }
  }
  return violations;
}

/** A sender's messages are numbered: it writes one after the other. */
function numberOf({ text }: Pick<Handed, 'text'>): number {
  return Number(/ says (\d+)$/.exec(text)?.[1] ?? Number.NaN);
}

/**
 * Of one stream, a reading is handed an unbroken run: it begins no later than after what the agent had
 * said to be done with, and no earlier than after what was known to be written of that.
 */
function checkRun(
  expected: readonly Stored[],
  reading: Reading,
  own: readonly Reading[],
  life: Life,
  ledger: AgentLedger,
): Violation[] {
  const place = new Map(expected.map(({ message_id }, index) => [message_id, index]));
  const run = reading.handed.filter(({ message_id }) => place.has(message_id));
  const [first] = run;
  if (!first) return [];
  const violations: Violation[] = [];
  const start = place.get(first.message_id) ?? 0;
  const leastDone = doneWith(expected, named(own, reading.began));
  if (start > leastDone)
    violations.push(
      `was not handed ${told(expected[leastDone])} before ${told(first)}, and had not acknowledged it`,
    );
  const known = doneWith(expected, knownAcknowledged(life, own, ledger, reading.began));
  if (start < known) violations.push(`was handed ${told(first)} again, which was known to be acknowledged`);
  const broken = run.findIndex(({ message_id }, index) => place.get(message_id) !== start + index);
  if (broken >= 0)
    violations.push(`was handed ${told(run[broken])} where ${told(expected[start + broken])} was next`);
  return violations;
}

/** How many of a stream's messages are done with once these are. */
function doneWith(expected: readonly Stored[], done: ReadonlySet<string>): number {
  return expected.findLastIndex(({ message_id }) => done.has(message_id)) + 1;
}

/** Who stayed was handed everything. */
function checkWhole({ direct, broadcast, until }: Life, own: readonly Reading[]): Violation[] {
  if (until !== Number.POSITIVE_INFINITY) return [];
  const handed = new Set(own.flatMap((reading) => reading.handed).map(({ message_id }) => message_id));
  return [...direct, ...broadcast]
    .filter(({ message_id }) => !handed.has(message_id))
    .map((message) => `was never handed ${told(message)}`);
}

/** Nothing counts as acknowledged that the agent did not say to be done with. */
function checkNamed({ direct, broadcast, acknowledged }: Life, own: readonly Reading[]): Violation[] {
  const done = named(own, Number.POSITIVE_INFINITY);
  const place = {
    direct: Math.max(0, ...acknowledged.map((one) => one.direct)),
    broadcast: Math.max(0, ...acknowledged.map((one) => one.broadcast)),
  };
  return [
    ...direct.slice(doneWith(direct, done)).filter(({ id }) => id <= place.direct),
    ...broadcast.slice(doneWith(broadcast, done)).filter(({ id }) => id <= place.broadcast),
  ].map((message) => `has not acknowledged ${told(message)}, and the store says so`);
}

function told(message: { readonly message_id: string; readonly text: string } | undefined): string {
  return message ? `${message.message_id} (${JSON.stringify(message.text)})` : 'nothing';
}
