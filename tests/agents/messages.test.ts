import { describe, expect, it } from 'vitest';
import type { CodedError } from '../../control-plane/src/kernel/errors.ts';
import { openTown } from './support/town.ts';

const texts = ({ messages }: { readonly messages: readonly { readonly message?: unknown }[] }) =>
  messages.map(({ message }) => message);

describe('a message to one agent', () => {
  it('waits for its agent, and is handed over with who sent it', async () => {
    const town = openTown();
    const [alpha, beta] = [await town.agent('alpha-01'), await town.agent('beta-01')];
    const sent = await beta.send('alpha-01', 'Hello Alpha!');
    expect(sent).toMatchObject({ success: true, receipt: 'stored', to: 'alpha-01', recipients: 1 });
    const { messages } = await alpha.read();
    expect(messages).toEqual([
      {
        message_id: sent.message_id,
        from: 'beta-01',
        to: 'alpha-01',
        type: 'text',
        message: 'Hello Alpha!',
        ts: sent.ts,
      },
    ]);
    expect((await beta.read()).messages).toEqual([]);
  });

  it('is handed over again until it is acknowledged by the cursor after it', async () => {
    const town = openTown();
    const [alpha, beta] = [await town.agent('alpha'), await town.agent('beta')];
    await beta.send('alpha', 'one');
    await beta.send('alpha', 'two');
    const first = await alpha.read({ limit: 1 });
    expect([texts(first), first.has_more]).toEqual([['one'], true]);
    expect(texts(await alpha.read())).toEqual(['one', 'two']);
    expect(texts(await alpha.read({ cursor: first.cursor }))).toEqual(['two']);
    expect(texts(await alpha.read())).toEqual(['two']);
  });

  it('wakes who waits for it', async () => {
    const town = openTown();
    const [alpha, beta] = [await town.agent('alpha'), await town.agent('beta')];
    const parked = alpha.read({ timeout_ms: 20_000 });
    await beta.send('alpha', 'now');
    expect(texts(await parked)).toEqual(['now']);
    const again = alpha.read({ timeout_ms: 20_000, cursor: (await parked).cursor });
    await beta.send('ALL', 'to all');
    expect(texts(await again)).toEqual(['to all']);
    expect(town.wakeups.size).toBe(0);
  });

  it('is sent once under one idempotency key, and not with another text', async () => {
    const town = openTown();
    const [alpha, beta] = [await town.agent('alpha'), await town.agent('beta')];
    const key = { idempotency_key: 'k' };
    const [one, two] = [await beta.send('alpha', 'x', key), await beta.send('alpha', 'x', key)];
    expect(two).toEqual(one);
    await expect(beta.send('alpha', 'y', key)).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(texts(await alpha.read())).toEqual(['x']);
  });

  it('that ended before it was acknowledged is not handed over any more', async () => {
    const town = openTown();
    const [alpha, beta] = [await town.agent('alpha'), await town.agent('beta')];
    await beta.send('alpha', 'short', { ttl_s: 10 });
    await beta.send('alpha', 'long');
    expect(texts(await alpha.read())).toEqual(['short', 'long']);
    town.clock.forward(10_000);
    expect(texts(await alpha.read())).toEqual(['long']);
  });
});

describe('a message to all', () => {
  it('reaches those who are registered at that moment, once each, and not who sent it', async () => {
    const town = openTown();
    const [alpha, beta] = [await town.agent('alpha'), await town.agent('beta')];
    expect(await alpha.send('ALL', { type: 'broadcast', text: 'hi' })).toMatchObject({ recipients: 1 });
    const late = await town.agent('gamma');
    expect((await beta.read()).messages).toMatchObject([{ from: 'alpha', to: 'ALL', type: 'broadcast' }]);
    expect([await alpha.read(), await late.read()].map(texts)).toEqual([[], []]);
  });

  it('stands between direct ones in the order in which they were sent', async () => {
    const town = openTown();
    const [alpha, beta] = [await town.agent('alpha'), await town.agent('beta')];
    for (const [to, text] of [
      ['alpha', 'one'],
      ['ALL', 'two'],
      ['alpha', 'three'],
    ] as const) {
      town.clock.forward(1);
      await beta.send(to, text);
    }
    expect(texts(await alpha.read())).toEqual(['one', 'two', 'three']);
    const first = await alpha.read({ limit: 2 });
    expect(texts(await alpha.read({ cursor: first.cursor }))).toEqual(['three']);
  });

  it('is not read by an agent that left and came back under the same name', async () => {
    const town = openTown();
    const [alpha, beta] = [await town.agent('alpha'), await town.agent('beta')];
    await beta.send('alpha', 'for the first');
    await beta.send('ALL', 'for the first too');
    await alpha.deregister_agent({ agent_id: 'alpha' });
    const another = town.as('acc_another');
    await another.register_agent({ agent_id: 'alpha', name: 'Another' });
    expect((await another.read_inbox({ agent_id: 'alpha' })).messages).toEqual([]);
  });
});

describe('nobody', () => {
  it.each([
    ['speaks as another’s agent', 'NOT_YOUR_AGENT', { from: 'beta', to: 'alpha', message: 'x' }],
    [
      'speaks as an agent that is not there',
      'AGENT_NOT_FOUND',
      { from: 'nobody', to: 'alpha', message: 'x' },
    ],
    [
      'writes to an agent that is not there',
      'AGENT_NOT_FOUND',
      { from: 'alpha', to: 'nobody', message: 'x' },
    ],
    [
      'sends an unknown type',
      'UNKNOWN_MESSAGE_TYPE',
      { from: 'alpha', to: 'beta', message: { type: 'explode' } },
    ],
    [
      'sends an object without a type',
      'UNKNOWN_MESSAGE_TYPE',
      { from: 'alpha', to: 'beta', message: { a: 1 } },
    ],
    [
      'sends a request without an action',
      'INVALID_REQUEST',
      { from: 'alpha', to: 'beta', message: { type: 'request', correlation_id: 'c' } },
    ],
    ['sends more than 64 KiB', 'TOO_LARGE', { from: 'alpha', to: 'beta', message: 'x'.repeat(65_536) }],
  ])('%s', async (_, code, input) => {
    const town = openTown();
    const alpha = await town.agent('alpha');
    const beta = await town.agent('beta');
    await expect(alpha.send_agent_message(input)).rejects.toMatchObject({ code });
    expect([await alpha.read(), await beta.read()].map(texts)).toEqual([[], []]);
  });

  it.each([
    ['correlation_id', 'is required', { type: 'request', action: 'x' }],
    ['action', 'is not of the right form', { type: 'request', correlation_id: 'c', action: 7 }],
  ])('sends a message whose %s %s, and is told so', async (field, wrong, message) => {
    const alpha = await openTown().agent('alpha');
    await expect(alpha.send('alpha', message)).rejects.toMatchObject({
      details: { field: `message.${field}` },
      message: `message.${field} ${wrong}.`,
    });
  });

  it('takes a name whose token is lost, and is told the ways to go on', async () => {
    const town = openTown();
    await town.agent('alpha');
    const again = town.as('acc_other').register_agent({ agent_id: 'alpha', name: 'Alpha' });
    const told = await again.catch((error: CodedError) => error.toAnswer().next);
    expect(told).toMatch(/its token.*client_secret.*another agent_id.*operator/);
  });

  it('reads another’s inbox, ends another’s agent, or takes its name', async () => {
    const town = openTown();
    await town.agent('alpha');
    const beta = await town.agent('beta');
    const refused = { code: 'NOT_YOUR_AGENT' };
    await expect(beta.read_inbox({ agent_id: 'alpha' })).rejects.toMatchObject(refused);
    await expect(beta.deregister_agent({ agent_id: 'alpha' })).rejects.toMatchObject(refused);
    const taken = { code: 'AGENT_TAKEN' };
    await expect(beta.register_agent({ agent_id: 'alpha', name: 'x' })).rejects.toMatchObject(taken);
  });

  it('goes on from a cursor that no answer gave', async () => {
    const town = openTown();
    const alpha = await town.agent('alpha');
    for (const cursor of ['1', 'x.y', '99.0', '0.99', '-1.0'])
      await expect(alpha.read({ cursor })).rejects.toMatchObject({ code: 'BAD_CURSOR' });
  });
});

describe('the list of agents', () => {
  it('tells who is there, by what they can do and how they are', async () => {
    const town = openTown();
    const alpha = town.as('acc_alpha');
    await alpha.register_agent({
      agent_id: 'alpha',
      name: 'Alpha',
      session_id: '01',
      capabilities: ['detection'],
    });
    town.clock.forward(60_000);
    await town.agent('beta');
    expect(await alpha.list_agents({})).toMatchObject({
      agents: [
        { agent_id: 'alpha', session_id: '01', status: 'idle', capabilities: ['detection'] },
        { agent_id: 'beta', status: 'active', capabilities: [] },
      ],
      total: 2,
    });
    expect((await alpha.list_agents({ capability: 'detection' })).total).toBe(1);
    expect((await alpha.list_agents({ status: 'active' })).agents[0]?.agent_id).toBe('beta');
    expect((await town.as('acc_beta').list_agents({})).agents[0]).not.toHaveProperty('session_id');
    town.clock.forward(300_000);
    expect((await alpha.list_agents({ status: 'offline' })).total).toBe(2);
  });

  it('goes on page by page', async () => {
    const town = openTown();
    for (const name of ['a', 'b', 'c']) await town.agent(name);
    const client = town.as('acc_a');
    const first = await client.list_agents({ limit: 2 });
    expect([first.agents.length, first.next_cursor, first.total]).toEqual([2, 'b', 3]);
    expect(
      (await client.list_agents({ limit: 2, cursor: 'b' })).agents.map(({ agent_id }) => agent_id),
    ).toEqual(['c']);
  });
});
