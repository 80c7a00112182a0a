import type { AgentLedger, Moment, Reading } from '../agents/notes.ts';
import type { Life } from './town-log.ts';

/** What an agent had said to be done with before a moment, by message id. */
export function named(own: readonly Reading[], before: Moment): ReadonlySet<string> {
  return covered(own, ({ at }) => at < before);
}

/**
 * What was known before a moment to be written as acknowledged: a call that names a cursor was answered, or
 * the inbox's log holds the acknowledgement before a message that somebody had already seen there.
 */
export function knownAcknowledged(
  { direct, broadcast, acknowledged }: Life,
  own: readonly Reading[],
  { sent }: AgentLedger,
  before: Moment,
): ReadonlySet<string> {
  const answered = covered(own, ({ known }) => known !== undefined && known < before);
  const seen = new Set([
    ...sent.filter(({ at }) => at < before).map(({ message_id }) => message_id),
    ...own.flatMap(({ handed }) =>
      handed.filter(({ at }) => at < before).map(({ message_id }) => message_id),
    ),
  ]);
  const newest = direct.findLast(({ message_id }) => seen.has(message_id))?.n ?? -1;
  const written = acknowledged.filter(({ n }) => n < newest);
  const place = {
    direct: Math.max(0, ...written.map((one) => one.direct)),
    broadcast: Math.max(0, ...written.map((one) => one.broadcast)),
  };
  return new Set([
    ...answered,
    ...direct.filter(({ id }) => id <= place.direct).map(({ message_id }) => message_id),
    ...broadcast.filter(({ id }) => id <= place.broadcast).map(({ message_id }) => message_id),
  ]);
}

function covered(
  own: readonly Reading[],
  counts: (said: Reading['acknowledged'][number]) => boolean,
): ReadonlySet<string> {
  return new Set(
    own.flatMap(({ handed, acknowledged }) => {
      const count = Math.max(0, ...acknowledged.filter(counts).map((said) => said.count));
      return handed.slice(0, count).map(({ message_id }) => message_id);
    }),
  );
}
