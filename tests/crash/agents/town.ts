import { setTimeout as pause } from 'node:timers/promises';
import { SeededRandom } from '../../../bench/mix/random.ts';
import { Persistent, type PersistentOptions } from '../clients/persistent.ts';
import { comeAndGo, registerAgent } from './guest.ts';
import { AgentNotes } from './notes.ts';
import { Poller } from './poller.ts';
import { SocketAgent } from './socket-agent.ts';
import { askReceipt, type Speaker, speakOn } from './speaker.ts';

const RESIDENTS = ['socket-1', 'socket-2', 'socket-3', 'poll-1', 'poll-2'];
const GUESTS = ['guest-1', 'guest-2'];
/** What was sent and has not come so long after everything is well again does not come any more. */
const GIVE_UP_MS = 60_000;

/** An account of its own, with what it calls with. */
type MakeAccount = (name: string) => Promise<PersistentOptions>;

interface Resident extends Speaker {
  readonly listen: (signal: AbortSignal) => Promise<void>;
}

/** Agents that stay for a round, and guests who come and go; all write to whom they see. */
export interface Town {
  readonly notes: AgentNotes;
  /** Writes, and comes and goes, until told to end. */
  play(signal: AbortSignal): readonly Promise<void>[];
  /** Reads, until told to end. */
  listen(signal: AbortSignal): readonly Promise<void>[];
  /** Until all that was sent has come, and is acknowledged. @returns what did not */
  comeToRest(): Promise<readonly string[]>;
}

export async function openTown(account: MakeAccount, random: SeededRandom): Promise<Town> {
  const notes = new AgentNotes();
  const present = new Set<string>();
  const residents: Resident[] = [];
  const guests: { name: string; client: Persistent }[] = [];
  const seeded = () => new SeededRandom(random.below(2 ** 31));
  for (const agent_id of RESIDENTS) {
    const options = await account(agent_id);
    const client = new Persistent(options);
    await registerAgent(client, agent_id);
    const peers = () => [...RESIDENTS.filter((id) => id !== agent_id), ...present];
    const socket = agent_id.startsWith('socket') ? new SocketAgent(agent_id, options, notes) : undefined;
    const reader = socket ?? new Poller(agent_id, client, notes, seeded());
    residents.push({ agent_id, client, socket, peers, listen: (signal) => reader.listen(signal) });
  }
  for (const name of GUESTS) guests.push({ name, client: new Persistent(await account(name)) });
  return {
    notes,
    play: (signal) => [
      ...residents.map((resident) => speakOn(resident, notes, seeded(), signal)),
      ...guests.map((guest) => comeAndGo({ ...guest, present }, notes, seeded(), signal)),
    ],
    listen: (signal) => residents.map((resident) => resident.listen(signal)),
    comeToRest: async () => (await Promise.all(residents.map((one) => rest(one, residents, notes)))).flat(),
  };
}

/** All has come to one agent, and the server says of the last message to it alone that it is done with. */
async function rest(
  { agent_id, socket }: Resident,
  all: readonly Resident[],
  notes: AgentNotes,
): Promise<readonly string[]> {
  const deadline = performance.now() + GIVE_UP_MS;
  while (notes.missing(agent_id).length > 0) {
    if (performance.now() > deadline)
      return notes
        .missing(agent_id)
        .map(({ message_id, text }) => `${agent_id} was not handed ${message_id}, ${JSON.stringify(text)}`);
    await pause(50);
  }
  const last = notes.sent.findLast(({ to }) => to === agent_id);
  const sender = all.find((one) => one.agent_id === last?.agent_id);
  if (!last || !sender) return [];
  while (performance.now() < deadline) {
    socket?.acknowledge();
    if ((await askReceipt(sender, last.message_id, notes)) === 'acknowledged') return [];
    await pause(200);
  }
  return [`${agent_id} has acknowledged ${last.message_id}, and its sender is not told`];
}
