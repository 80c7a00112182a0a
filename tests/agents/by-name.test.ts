import { describe, expect, it } from 'vitest';
import { byName } from '../../control-plane/src/agents/directory/by-name.ts';
import { put, type Shards } from '../../control-plane/src/agents/shards.ts';
import type { Agent } from '../../control-plane/src/agents/directory/state.ts';
import { openTown } from './support/town.ts';

const agent = (agent_id: string): Agent => ({
  agent_id,
  account: 'acc',
  client: 'client',
  name: agent_id,
  session_id: '',
  capabilities: [],
  inbox: `inbox_${agent_id}`,
  since: 1,
  registered_at: 0,
});

const directoryOf = (...ids: readonly string[]): Shards<Agent> =>
  ids.reduce<Shards<Agent>>((agents, id) => put(agents, id, agent(id)), {});

describe('agents by name', () => {
  it('are sorted once for all who ask, until somebody comes', () => {
    const agents = directoryOf('b', 'c', 'a');
    const first = byName(agents);
    expect(first.map(({ agent_id }) => agent_id)).toEqual(['a', 'b', 'c']);
    expect(byName(agents)).toBe(first);
    const more = byName(put(agents, 'aa', agent('aa')));
    expect(more.map(({ agent_id }) => agent_id)).toEqual(['a', 'aa', 'b', 'c']);
  });

  it('are told page by page, also those who came meanwhile', async () => {
    const town = openTown();
    const client = town.as('acc');
    for (const agent_id of ['b', 'd', 'a']) await client.register_agent({ agent_id, name: agent_id });
    const page = await client.list_agents({ limit: 2 });
    expect(page).toMatchObject({
      agents: [{ agent_id: 'a' }, { agent_id: 'b' }],
      total: 3,
      next_cursor: 'b',
    });
    await client.register_agent({ agent_id: 'c', name: 'c' });
    const rest = await client.list_agents({ limit: 2, cursor: 'b' });
    expect(rest).toMatchObject({
      agents: [{ agent_id: 'c' }, { agent_id: 'd' }],
      total: 4,
      next_cursor: null,
    });
    expect(await client.list_agents({ cursor: 'z' })).toMatchObject({
      agents: [],
      total: 4,
      next_cursor: null,
    });
  });
});
