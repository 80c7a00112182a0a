import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../../../bench/mix/random.ts';
import { type Persistent, RefusedError } from '../clients/persistent.ts';
import type { AgentNotes } from './notes.ts';
import { Poller } from './poller.ts';

const MOST_STAY_MS = 10_000;
const MOST_AWAY_MS = 2_000;

/** Comes, reads for a while, and goes, again and again, under another name each time. */
export async function comeAndGo(
  account: { readonly name: string; readonly client: Persistent; readonly present: Set<string> },
  notes: AgentNotes,
  random: SeededRandom,
  signal: AbortSignal,
): Promise<void> {
  const { name, client, present } = account;
  const sleep = (most: number) => pause(random.below(most), undefined, { signal }).catch(() => undefined);
  for (let n = 0; !signal.aborted; n++) {
    const agent_id = `${name}-${n}`;
    await registerAgent(client, agent_id);
    present.add(agent_id);
    const leaving = new AbortController();
    const reading = new Poller(agent_id, client, notes, random).listen(leaving.signal);
    await sleep(MOST_STAY_MS);
    present.delete(agent_id);
    leaving.abort();
    await reading;
    await deregisterAgent(client, agent_id);
    await sleep(MOST_AWAY_MS);
  }
}

export async function registerAgent(client: Persistent, agent_id: string): Promise<void> {
  await client.request({
    method: 'POST',
    path: '/api/v1/agents/register',
    args: { agent_id, name: agent_id },
  });
}

async function deregisterAgent(client: Persistent, agent_id: string): Promise<void> {
  const request = { method: 'POST', path: '/api/v1/agents/deregister', args: { agent_id } } as const;
  await client.request(request).catch((error: unknown) => {
    // An earlier try, which had no answer, has done it.
    if (!(error instanceof RefusedError) || error.isFirstTry) throw error;
  });
}
