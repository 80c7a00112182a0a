import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../../../bench/mix/random.ts';
import { type Persistent, RefusedError } from '../clients/persistent.ts';
import type { AgentNotes } from './notes.ts';
import type { SocketAgent } from './socket-agent.ts';

/** FerretDB looks at every commit that it holds to find those of one stream: it is not to be drowned. */
const MOST_PAUSE_MS = 3_000;
const SHARE = { broadcast: 0.2, overSocket: 0.7, again: 0.1, receipt: 0.2 };

/** What an agent sends, over whichever edge. */
export interface Message {
  readonly to: string;
  readonly message: string | { readonly type: string; readonly text: string };
  readonly idempotency_key: string;
}

/** What a server answered: the message's place, or that it will not have it. */
export type Answered =
  | { readonly message_id: string; readonly recipients: number }
  | { readonly refused: string };

/** An agent that writes. */
export interface Speaker {
  readonly agent_id: string;
  readonly client: Persistent;
  /** Where it has a socket, it also sends there. */
  readonly socket: SocketAgent | undefined;
  /** Whom it may write to now. */
  readonly peers: () => readonly string[];
}

/** Writes on and on, each message under a key of its own, over either edge, until it is answered. */
export async function speakOn(
  speaker: Speaker,
  notes: AgentNotes,
  random: SeededRandom,
  signal: AbortSignal,
): Promise<void> {
  const { agent_id } = speaker;
  const said: string[] = [];
  for (let n = 0; !signal.aborted; n++) {
    const to = random.next() < SHARE.broadcast ? 'ALL' : random.pick(speaker.peers());
    const text = `${agent_id} says ${n}`;
    const message = to === 'ALL' ? { type: 'broadcast', text } : text;
    const sending = { to, message, idempotency_key: `${agent_id}-${n}` };
    const answer = await sendUntilAnswered(speaker, sending, random);
    if ('refused' in answer) {
      if (answer.isFirstTry) notes.refused.push({ agent_id, text });
    } else {
      const { message_id, recipients } = answer;
      notes.sent.push({ agent_id, to, text, message_id, recipients, at: notes.now() });
      said.push(message_id);
      if (random.next() < SHARE.again) await again(speaker, sending, message_id, random);
      if (random.next() < SHARE.receipt) await askReceipt(speaker, random.pick(said.slice(-10)), notes);
    }
    await pause(random.below(MOST_PAUSE_MS));
  }
}

type Ended = Extract<Answered, { message_id: string }> | { refused: string; isFirstTry: boolean };

async function sendUntilAnswered(
  { agent_id, client, socket }: Speaker,
  sending: Message,
  random: SeededRandom,
): Promise<Ended> {
  const tries = socket !== undefined && random.next() < SHARE.overSocket;
  const answer = tries ? await socket.send(sending) : undefined;
  if (answer) return 'refused' in answer ? { ...answer, isFirstTry: true } : answer;
  const args = { from: agent_id, ...sending };
  try {
    return await client.request<Extract<Answered, { message_id: string }>>({
      method: 'POST',
      path: '/api/v1/messages',
      args,
    });
  } catch (error) {
    // A guest that has gone by now.
    if (!(error instanceof RefusedError) || error.code !== 'AGENT_NOT_FOUND') throw error;
    return { refused: error.code, isFirstTry: error.isFirstTry && !tries };
  }
}

/** A retry after the answer: a client that times out at the wrong moment does the same. */
async function again(speaker: Speaker, sending: Message, messageId: string, random: SeededRandom) {
  const answer = await sendUntilAnswered(speaker, sending, random);
  if ('refused' in answer || answer.message_id === messageId) return;
  throw new Error(`One key was answered with ${messageId} and ${answer.message_id}.`);
}

/** Asks what became of a message, and notes what it was told. */
export async function askReceipt(
  { agent_id, client }: Pick<Speaker, 'agent_id' | 'client'>,
  message_id: string,
  notes: AgentNotes,
): Promise<string> {
  const { receipt } = await client.request<{ receipt: string }>({
    method: 'GET',
    path: '/api/v1/receipts',
    args: { agent_id, message_id },
  });
  notes.receipts.push({ agent_id, message_id, receipt, at: notes.now() });
  return receipt;
}
