import { describe, expect, it } from 'vitest';
import { openTown } from './support/town.ts';

describe('a client that names no agent', () => {
  it('speaks as one that is made for it, once, and named after the client', async () => {
    const town = openTown();
    const client = town.as('acc');
    const calls = [client.read_inbox({}), client.send_agent_message({ to: 'ALL', message: 'x' })] as const;
    const [read, sent] = await Promise.all(calls);
    expect(read.agent_id).toMatch(/^claude-[0-9a-f]{8}$/);
    expect(sent.from).toBe(read.agent_id);
    expect(await client.list_agents({})).toMatchObject({ you: read.agent_id, total: 1 });
  });

  it('speaks as the first that it registered, and as the next once that is ended', async () => {
    const client = openTown().as('acc');
    for (const agent_id of ['one', 'two']) await client.register_agent({ agent_id, name: agent_id });
    expect((await client.read_inbox({})).agent_id).toBe('one');
    await client.deregister_agent({ agent_id: 'one' });
    await client.register_agent({ agent_id: 'three', name: 'three' });
    expect((await client.read_inbox({})).agent_id).toBe('three');
    expect((await client.read_inbox({ agent_id: 'two' })).agent_id).toBe('two');
  });

  it('is not told whom it speaks as before it has spoken', async () => {
    const town = openTown();
    expect(await town.as('acc').list_agents({})).toMatchObject({ you: null, total: 0 });
  });
});

describe('registering', () => {
  it('makes no account for a name that is taken', async () => {
    let made = 0;
    const newcomer = async () => {
      made++;
      return { account: `acc_new_${made}`, token: 't', client_id: 'c', client_secret: 's' };
    };
    const town = openTown({ newcomer });
    const agent = { agent_id: 'alpha', name: 'Alpha' };
    expect(await town.nobody().register_agent(agent)).toMatchObject({ token: 't', client_secret: 's' });
    await expect(town.nobody().register_agent(agent)).rejects.toMatchObject({ code: 'AGENT_TAKEN' });
    expect(made).toBe(1);
  });

  it('needs an account where people bring theirs', async () => {
    const agent = { agent_id: 'alpha', name: 'Alpha' };
    await expect(openTown().nobody().register_agent(agent)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('brings an end that was cut short to its end first', async () => {
    const town = openTown();
    const [alpha, beta] = [await town.agent('alpha'), await town.agent('beta')];
    const { message_id } = await beta.send('alpha', 'left');
    // The store is full of trouble just then: the inbox is closed, and no more.
    const { append } = town.store;
    let isClosed = false;
    town.store.append = async (commit, attachments) => {
      if (isClosed) throw new Error('Nothing can be written any more.');
      isClosed = commit.stream.startsWith('inbox_');
      return append.call(town.store, commit, attachments);
    };
    await expect(alpha.deregister_agent({ agent_id: 'alpha' })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    town.store.append = append;
    await alpha.register_agent({ agent_id: 'alpha', name: 'Alpha again' });
    await beta.send('alpha', 'new');
    expect((await alpha.read()).messages).toMatchObject([{ message: 'new' }]);
    expect(await beta.message_receipt({ message_id })).toMatchObject({ receipt: 'dead' });
    expect((await beta.dead_letters({})).messages).toMatchObject([{ message_id, reason: 'deregistered' }]);
  });
});
