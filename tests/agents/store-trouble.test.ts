import { describe, expect, it } from 'vitest';
import { MemoryRecords } from '../support/memory-records.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { openTown } from './support/town.ts';

/** A town whose records, or whose commits, can be made to fail. */
function openTroubled() {
  const [records, store] = [new MemoryRecords(), new MemoryStore()];
  const town = openTown({ records, store });
  const fail = async () => {
    throw new Error('The store does not answer.');
  };
  return {
    ...town,
    /** What another server over the same store says of an agent. */
    statusElsewhere: async (agentId: string) => {
      const other = openTown({ records, store, clock: town.clock, isShared: true });
      const { agents } = await other.as('acc_watcher').list_agents({});
      return agents.find(({ agent_id }) => agent_id === agentId)?.status;
    },
    withoutRecords: () => {
      const { insert, get } = records;
      Object.assign(records, { insert: fail, get: fail });
      return { [Symbol.dispose]: () => void Object.assign(records, { insert, get }) };
    },
    withoutCommits: () => {
      const { append } = store;
      const met = Promise.withResolvers<void>();
      let tries = 0;
      store.append = () => {
        // What fails is tried twice before it is given up.
        if (++tries === 2) met.resolve();
        return fail();
      };
      return { met: met.promise, [Symbol.dispose]: () => void (store.append = append) };
    },
  };
}

const never = new AbortController().signal;

describe('where the store does not answer', () => {
  it('a message that is refused was not stored', async () => {
    const town = openTroubled();
    const [alpha, beta] = [await town.agent('alpha'), await town.agent('beta')];
    town.clock.forward(20_000);
    {
      using _trouble = town.withoutRecords();
      await expect(beta.send('alpha', 'x')).rejects.toThrow();
    }
    expect((await alpha.read()).messages).toEqual([]);
  });

  it('a message stays readable where the broadcasts before it are missing, as after a restore', async () => {
    const [store, lossy] = [new MemoryStore(), new MemoryStore()];
    const town = openTown({ store });
    const [, beta] = [await town.agent('alpha'), await town.agent('beta')];
    const upTo = (await store.head('agents'))?.n ?? 0;
    await beta.send('ALL', 'in no copy');
    const { message_id } = await beta.send('alpha', 'in the copy');
    const inbox = `inbox_${message_id.split('_')[1] ?? ''}`;
    for (const commit of await store.read('agents', 0, upTo + 1)) await lossy.append(commit);
    for (const commit of await store.read(inbox, 0, 100)) await lossy.append(commit);
    const restored = openTown({ store: lossy }).as('acc_alpha');
    expect((await restored.read_inbox({})).messages).toMatchObject([{ message: 'in the copy' }]);
  });

  it('a sign of life that could not be written down is by the next one', async () => {
    const town = openTroubled();
    const alpha = await town.agent('alpha');
    town.clock.forward(100_000);
    {
      using _trouble = town.withoutRecords();
      await expect(alpha.read()).rejects.toThrow();
    }
    town.clock.forward(1);
    await alpha.read();
    expect(await town.statusElsewhere('alpha')).toBe('active');
  });

  it('an acknowledgement that could not be written down is, once it does', async () => {
    const town = openTroubled();
    const [alpha, beta] = [await town.agent('alpha'), await town.agent('beta')];
    const { message_id } = await beta.send('alpha', 'x');
    const line = await alpha.line();
    const [message] = (await line.next(never)) as readonly { readonly cursor: string }[];
    {
      const trouble = town.withoutCommits();
      line.acknowledge(message?.cursor ?? '');
      await trouble.met;
      trouble[Symbol.dispose]();
    }
    const told = async () => (await beta.message_receipt({ message_id })).receipt;
    await expect.poll(told, { timeout: 10_000 }).toBe('acknowledged');
    await line[Symbol.asyncDispose]();
  });

  it.each(['withoutRecords', 'withoutCommits'] as const)(
    'a line that cannot be opened leaves the one that stands: %s',
    async (trouble) => {
      const town = openTroubled();
      const [alpha, beta] = [await town.agent('alpha'), await town.agent('beta')];
      const line = await alpha.line();
      town.clock.forward(20_000);
      {
        using _trouble = town[trouble]();
        await expect(alpha.line()).rejects.toThrow();
      }
      await beta.send('alpha', 'x');
      expect(await line.next(never)).toMatchObject([{ message: 'x' }]);
      await line[Symbol.asyncDispose]();
      expect((await beta.list_agents({ status: 'offline' })).total).toBe(1);
    },
  );
});
