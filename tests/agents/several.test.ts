import { describe, expect, it } from 'vitest';
import type { Connection } from '../../control-plane/src/agents/connection.ts';
import { ManualClock } from '../support/manual-time.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { openTown } from './support/town.ts';

/** Two servers over one store, of which each hears of the other's commits once `deliver` is called. */
function openTwo() {
  const shared = {
    store: new MemoryStore(),
    records: new MemoryRecords(),
    clock: new ManualClock(),
    isShared: true,
  };
  const told = { one: new Set<string>(), other: new Set<string>() };
  const one = openTown({ ...shared, tell: (stream) => void told.other.add(stream) });
  const other = openTown({ ...shared, tell: (stream) => void told.one.add(stream) });
  return {
    one,
    other,
    store: shared.store,
    clock: shared.clock,
    /** What was told meanwhile arrives, in the order that is given. */
    async deliver(order: (streams: string[]) => string[] = (streams) => streams) {
      for (const stream of order([...told.one])) await one.agents.hear(stream);
      for (const stream of order([...told.other])) await other.agents.hear(stream);
      told.one.clear();
      told.other.clear();
    },
  };
}

const never = new AbortController().signal;

async function next(line: Connection): Promise<readonly unknown[]> {
  const found = await line.next(never);
  return typeof found === 'string' ? [found] : found.map(({ message }) => message);
}

describe('agents of two servers over one store', () => {
  it('write to each other, and whoever waits is woken by what the other server wrote', async () => {
    const { one, other, deliver } = openTwo();
    const [alpha, beta] = [await one.agent('alpha'), await other.agent('beta')];
    const parked = alpha.read({ timeout_ms: 20_000 });
    const line = await one.line('alpha');
    const pushed = next(line);
    await beta.send('alpha', 'direct');
    await deliver();
    expect((await parked).messages).toMatchObject([{ message: 'direct' }]);
    expect(await pushed).toEqual(['direct']);
    const again = next(line);
    await beta.send('ALL', 'to all');
    await deliver();
    expect(await again).toEqual(['to all']);
  });

  it('find what nobody told of when they look', async () => {
    const { one, other } = openTwo();
    await one.agent('alpha');
    const beta = await other.agent('beta');
    const line = await one.line('alpha');
    const pushed = next(line);
    await beta.send('alpha', 'unheard');
    await one.agents.look();
    expect(await pushed).toEqual(['unheard']);
  });

  it.each([
    ['in this order', (streams: string[]) => streams],
    ['in the other order', (streams: string[]) => streams.toReversed()],
    ['for the direct ones only', (streams: string[]) => streams.filter((stream) => stream !== 'agents')],
    ['for the broadcasts only', (streams: string[]) => streams.filter((stream) => stream === 'agents')],
  ])('keep the order of one sender, whatever is told first: %s', async (_title, order) => {
    const { one, other, deliver } = openTwo();
    await one.agent('alpha');
    const [beta, elsewhere] = [await other.agent('beta'), one.as('acc_beta')];
    await deliver();
    const line = await one.line('alpha');
    const heard: unknown[] = [];
    const sent: string[] = [];
    for (let round = 0; round < 10; round++) {
      for (const to of ['alpha', 'ALL', 'ALL', 'alpha']) {
        const message = `${sent.length}`;
        // The sender's calls go to either server, as a balancer likes.
        if (sent.length % 3 === 0) await elsewhere.send_agent_message({ from: 'beta', to, message });
        else await beta.send(to, message);
        sent.push(message);
      }
      const found = next(line);
      await deliver(order);
      heard.push(...(await found));
    }
    await one.agents.look();
    while (heard.length < sent.length) heard.push(...(await next(line)));
    expect(heard).toEqual(sent);
  });

  it('have one line each: the newest, at whichever server it was opened', async () => {
    const { one, other, deliver } = openTwo();
    const alpha = await one.agent('alpha');
    const first = await one.line('alpha');
    const waiting = first.next(never);
    const second = await other.line('alpha');
    await deliver();
    expect(await waiting).toBe('replaced');
    await first[Symbol.asyncDispose]();
    const { agents } = await alpha.list_agents({});
    expect(agents.map(({ status }) => status)).toEqual(['active']);
    await second[Symbol.asyncDispose]();
  });

  it('are there as long as one line stands, also where the other server hears late that it was opened', async () => {
    const { one, other, clock } = openTwo();
    const alpha = await other.agent('alpha');
    const first = await one.line('alpha');
    await other.line('alpha');
    await first[Symbol.asyncDispose]();
    clock.forward(3_000);
    const { agents } = await alpha.list_agents({});
    expect(agents.map(({ status }) => status)).toEqual(['active']);
  });

  it('take a name once, and a key once, whichever server is asked', async () => {
    const { one, other, store } = openTwo();
    await one.agent('alpha');
    await expect(
      other.as('acc_thief').register_agent({ agent_id: 'alpha', name: 'x' }),
    ).rejects.toMatchObject({
      code: 'AGENT_TAKEN',
    });
    await one.agent('beta');
    const send = (town: typeof one) =>
      town.as('acc_beta').send_agent_message({
        from: 'beta',
        to: 'alpha',
        message: 'once',
        idempotency_key: 'k',
      });
    const [here, there] = await Promise.all([send(one), send(other)]);
    expect(there).toEqual(here);
    const reader = openTown({ store });
    expect((await reader.as('acc_alpha').read_inbox({})).messages).toHaveLength(1);
  });

  it('reach with a message to all exactly those who were registered at its commit, wherever', async () => {
    const { one, other } = openTwo();
    const sender = await one.agent('sender');
    const joining = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? one : other).agent(`a${n}`));
    const { recipients } = await sender.send('ALL', 'hello');
    const joined = await Promise.all(joining);
    const read = await Promise.all(joined.map((agent) => agent.read()));
    expect(read.filter(({ messages }) => messages.length === 1)).toHaveLength(recipients);
  });
});
