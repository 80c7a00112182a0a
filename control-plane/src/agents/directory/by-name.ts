import { all, type Shards } from '../shards.ts';
import type { Agent } from './state.ts';

/** A state is never changed in place, so what was sorted once stays so until somebody comes or goes. */
const sorted = new WeakMap<Shards<Agent>, readonly Agent[]>();

/** Every agent, by name. Of 20,000 the sorting takes longer than all else that a list does. */
export function byName(agents: Shards<Agent>): readonly Agent[] {
  const known = sorted.get(agents);
  if (known) return known;
  const made = all(agents).toSorted((a, b) => (a.agent_id < b.agent_id ? -1 : 1));
  sorted.set(agents, made);
  return made;
}
