/** What the agents of a round know of their messages: held against the store once everything is at rest. */

/** A count that only grows: which of two things that clients saw came first. */
export type Moment = number;

/** A message whose sending was answered. */
export interface Sent {
  readonly agent_id: string;
  /** An agent, or ALL. */
  readonly to: string;
  /** Unlike every other message's. */
  readonly text: string;
  readonly message_id: string;
  readonly recipients: number;
  /** When the answer came. */
  readonly at: Moment;
}

/** A message that was handed over. */
export interface Handed {
  readonly message_id: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly at: Moment;
}

/** What one connection, or one chain of cursors, was handed, in order. */
export interface Reading {
  readonly agent_id: string;
  readonly over: 'socket' | 'poll';
  /** Just before it was asked for. */
  readonly began: Moment;
  readonly handed: Handed[];
  readonly acknowledged: Acknowledged[];
}

/** The reader said that it is done with this many of what it was handed. */
export interface Acknowledged {
  readonly count: number;
  /** Just before it was said. */
  readonly at: Moment;
  /** When it was known to be written. */
  known?: Moment;
}

/** What a sender was told of a message of its own. */
export interface ReceiptTold {
  readonly agent_id: string;
  readonly message_id: string;
  readonly receipt: string;
  readonly at: Moment;
}

/** All that agents were told. */
export interface AgentLedger {
  readonly sent: readonly Sent[];
  /** Refused for good at the first try: not to be found anywhere. */
  readonly refused: readonly { readonly agent_id: string; readonly text: string }[];
  readonly readings: readonly Reading[];
  readonly receipts: readonly ReceiptTold[];
}

/** Where the agents of a round write down what they see. All are of one process, so moments have one order. */
export class AgentNotes implements AgentLedger {
  readonly sent: Sent[] = [];
  readonly refused: { readonly agent_id: string; readonly text: string }[] = [];
  readonly readings: Reading[] = [];
  readonly receipts: ReceiptTold[] = [];
  readonly #handed = new Map<string, Set<string>>();
  #moment = 0;

  now(): Moment {
    return ++this.#moment;
  }

  begin(agent_id: string, over: Reading['over']): Reading {
    const reading: Reading = { agent_id, over, began: this.now(), handed: [], acknowledged: [] };
    this.readings.push(reading);
    return reading;
  }

  hand(reading: Reading, { message_id, from, to, message }: Envelope): void {
    reading.handed.push({ message_id, from, to, text: textOf(message), at: this.now() });
    const known = this.#handed.get(reading.agent_id) ?? new Set();
    this.#handed.set(reading.agent_id, known.add(message_id));
  }

  /** The reader is about to say that it is done with all that the reading has given so far. */
  acknowledge(reading: Reading): Acknowledged {
    const said: Acknowledged = { count: reading.handed.length, at: this.now() };
    reading.acknowledged.push(said);
    return said;
  }

  /** What was sent to an agent that is there from the beginning, and has not come. */
  missing(agent_id: string): readonly Sent[] {
    const handed = this.#handed.get(agent_id);
    return this.sent.filter(
      (sent) =>
        (sent.to === agent_id || (sent.to === 'ALL' && sent.agent_id !== agent_id)) &&
        !handed?.has(sent.message_id),
    );
  }
}

/** A message as a reader is shown it. */
export interface Envelope {
  readonly message_id: string;
  readonly from: string;
  readonly to: string;
  readonly message: unknown;
}

/** What a message of the harness says, whatever its form. */
export function textOf(message: unknown): string {
  return typeof message === 'string' ? message : String((message as { text?: unknown } | null)?.text);
}
