import type { Models } from '../support.ts';
import type { Provoke } from './case.ts';

const listAgents = { tool: 'list_agents', arguments: {} } as const;

/** Two sessions that speak as agents, with the names that the server gave them. */
async function openPair(models: Models) {
  const [alice, bob] = [models.as('alice'), models.as('bob')];
  const name = async (session: typeof alice) => (await session.call('read_inbox'))['agent_id'] as string;
  return { alice, bob, aliceName: await name(alice), bobName: await name(bob) };
}

/** Errors of sessions that write to each other as agents. */
export const AGENTS: Readonly<Record<string, Provoke>> = {
  async AGENT_NOT_FOUND(models) {
    const { alice } = await openPair(models);
    return {
      session: alice,
      tool: 'send_agent_message',
      args: { to: 'nobody-here', message: 'hello' },
      told: listAgents,
      goal: (_error, followed) => {
        const peer = followed?.['agents'].find(
          ({ agent_id }: { agent_id: string }) => agent_id !== followed['you'],
        );
        return alice.call('send_agent_message', { to: peer.agent_id, message: 'hello' });
      },
    };
  },

  async NOT_YOUR_AGENT(models) {
    const { alice, bobName } = await openPair(models);
    return {
      session: alice,
      tool: 'read_inbox',
      args: { agent_id: bobName },
      told: listAgents,
      goal: (_error, followed) => alice.call('read_inbox', { agent_id: followed?.['you'] }),
    };
  },

  async UNKNOWN_MESSAGE_TYPE(models) {
    const { alice, bobName } = await openPair(models);
    return {
      session: alice,
      tool: 'send_agent_message',
      args: { to: bobName, message: { type: 'shout' } },
      goal: ({ types }) => alice.call('send_agent_message', { to: bobName, message: { type: types[0] } }),
    };
  },

  async 'BAD_CURSOR in an inbox'(models) {
    const { bob } = await openPair(models);
    return {
      session: bob,
      tool: 'read_inbox',
      args: { cursor: '999.0' },
      told: { tool: 'read_inbox', arguments: {} },
    };
  },
};
