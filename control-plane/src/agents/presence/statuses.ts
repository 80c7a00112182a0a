import type { AgentDeps } from '../deps.ts';
import { DIRECTORY } from '../directory/state.ts';
import { all } from '../shards.ts';
import type { Status } from './signs.ts';

/** The status of every agent, by its id. */
export async function statusesOf({
  directory,
  presence,
}: Pick<AgentDeps, 'directory' | 'presence'>): Promise<ReadonlyMap<string, Status>> {
  const [{ state }, presenceOf] = await Promise.all([directory.known(DIRECTORY), presence.look()]);
  return new Map(all(state.agents).map(({ agent_id, inbox }) => [agent_id, presenceOf(inbox).status]));
}
