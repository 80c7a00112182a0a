import type { AgentLedger, ReceiptTold } from '../agents/notes.ts';
import { named } from './acknowledged.ts';
import type { Violation } from './channel.ts';
import type { Life, TownLog } from './town-log.ts';

/** No receipt said more than was true when it was told. */
export function checkReceipts({ lives }: TownLog, ledger: AgentLedger): Violation[] {
  return ledger.receipts
    .filter((told) => {
      const life = lives.find(({ direct }) =>
        direct.some(({ message_id }) => message_id === told.message_id),
      );
      return !isTrue(told, life, ledger);
    })
    .map(({ agent_id, message_id, receipt }) => `${agent_id} was told that ${message_id} is ${receipt}`);
}

/** @param life of the agent that the message is for; undefined for a message to all */
function isTrue(
  { message_id, receipt, at }: ReceiptTold,
  life: Life | undefined,
  { readings }: AgentLedger,
): boolean {
  if (receipt === 'stored') return true;
  if (!life) return false;
  const own = readings.filter(({ agent_id }) => agent_id === life.agent_id);
  const done = named(own, at);
  const isDone = life.direct.findLastIndex((message) => done.has(message.message_id));
  const place = life.direct.findIndex((message) => message.message_id === message_id);
  if (receipt === 'acknowledged') return place <= isDone;
  // An answer to a poll may be lost after it was written; over a socket the reader's machine has answered.
  if (receipt === 'delivered')
    return own.some(
      ({ over, began, handed }) =>
        (over === 'poll' && began < at) ||
        handed.some((message) => message.message_id === message_id && message.at < at),
    );
  return receipt === 'dead' && life.until !== Number.POSITIVE_INFINITY && !isWritten(life, place);
}

/** True where the store says that the message was acknowledged: it did not end then. */
function isWritten({ direct, acknowledged }: Life, place: number): boolean {
  const id = direct[place]?.id ?? 0;
  return acknowledged.some((one) => one.direct >= id);
}
