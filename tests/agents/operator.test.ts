import { describe, expect, it } from 'vitest';
import { runAdmin } from '../../control-plane/src/accounts/admin.ts';
import { House } from '../accounts/support/house.ts';
import { openTown } from './support/town.ts';

describe('an operator', () => {
  it('ends an agent, whoever registered it: its name is free, its senders are told', async () => {
    await using house = new House();
    const town = openTown();
    const [, beta] = [await town.agent('alpha'), await town.agent('beta')];
    const { message_id } = await beta.send('alpha', 'x');
    const run = (...words: string[]) => runAdmin({ ...house.people, agents: town.agents }, words);
    expect(await run('end-agent', 'alpha')).toContain('It is ended');
    expect(await beta.message_receipt({ message_id })).toMatchObject({ reason: 'deregistered' });
    await town.as('acc_new').register_agent({ agent_id: 'alpha', name: 'Another' });
    await expect(run('end-agent', 'nobody')).rejects.toThrow('There is no agent of this name.');
  });

  it('who deletes an account ends its agents', async () => {
    await using house = new House();
    const town = openTown();
    await house.member('ada');
    const account = (await house.people.accounts.list()).find(({ name }) => name === 'ada');
    for (const agent_id of ['one', 'two'])
      await town.as(account?.id ?? '').register_agent({ agent_id, name: agent_id });
    await town.agent('other');
    await runAdmin({ ...house.people, agents: town.agents }, ['delete', 'ada']);
    const { agents } = await town.as('acc_other').list_agents({});
    expect(agents.map(({ agent_id }) => agent_id)).toEqual(['other']);
  });

  it('finds what agents left long ago given up', async () => {
    const town = openTown();
    const [alpha, beta] = [await town.agent('alpha'), await town.agent('beta')];
    const { message_id } = await beta.send('alpha', 'x');
    await alpha.deregister_agent({ agent_id: 'alpha' });
    const receipt = () => beta.message_receipt({ message_id });
    await town.agents.erase(town.clock.now() + 29 * 86_400_000);
    expect(await receipt()).toMatchObject({ receipt: 'dead' });
    await town.agents.erase(town.clock.now() + 31 * 86_400_000);
    expect((await beta.dead_letters({})).messages).toEqual([]);
    const tombstones = await town.store.streamsByTag('tombstone', { limit: 10 });
    expect(tombstones).toMatchObject([{ stream: expect.stringMatching(/^inbox_/) }]);
  });
});
