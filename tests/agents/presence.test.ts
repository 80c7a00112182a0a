import { describe, expect, it } from 'vitest';
import { MemoryRecords } from '../support/memory-records.ts';
import { ManualClock } from '../support/manual-time.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { ofType } from './support/socket.ts';
import { openStreet } from './support/street.ts';
import { openTown } from './support/town.ts';

type Town = Pick<ReturnType<typeof openTown>, 'as'>;

const statuses = async (town: Town) => {
  const { agents } = await town.as('acc_watcher').list_agents({ limit: 500 });
  return Object.fromEntries(agents.map(({ agent_id, status }) => [agent_id, status]));
};

const POLL = { timeout: 10_000 };

describe('an agent that calls', () => {
  it('is active, idle after 45 s without a word, and offline after 90 s', async () => {
    const town = openTown();
    const alpha = await town.agent('alpha');
    const seen: unknown[] = [];
    for (const pause of [0, 45_000, 1, 44_999, 1]) {
      town.clock.forward(pause);
      seen.push((await statuses(town))['alpha']);
    }
    expect(seen).toEqual(['active', 'active', 'idle', 'idle', 'offline']);
    await alpha.read();
    expect((await statuses(town))['alpha']).toBe('active');
  });

  it('is found by its status and by what it can do', async () => {
    const town = openTown();
    const register = (agent_id: string, capabilities: string[]) =>
      town.as(`acc_${agent_id}`).register_agent({ agent_id, name: agent_id, capabilities });
    await register('old', ['detection']);
    town.clock.forward(100_000);
    await register('new', ['detection', 'analysis']);
    await register('other', []);
    const found = async (filter: object) =>
      (await town.as('acc_old').list_agents(filter)).agents.map(({ agent_id }) => agent_id);
    expect(await found({ capability: 'detection' })).toEqual(['new', 'old']);
    expect(await found({ status: 'active' })).toEqual(['new', 'other']);
    expect(await found({ status: 'active', capability: 'detection' })).toEqual(['new']);
  });
});

describe('presence at several servers', () => {
  function openTwo() {
    const shared = { store: new MemoryStore(), records: new MemoryRecords(), clock: new ManualClock() };
    return { one: openTown(shared), other: openTown({ ...shared, isShared: true }), clock: shared.clock };
  }

  it('is what any of them noticed, some seconds ago at most', async () => {
    const { one, other, clock } = openTwo();
    const alpha = await one.agent('alpha');
    clock.forward(3_000);
    expect(await statuses(other)).toEqual({ alpha: 'active' });
    clock.forward(60_000);
    expect(await statuses(other)).toEqual({ alpha: 'idle' });
    await alpha.read();
    clock.forward(3_000);
    expect(await statuses(other)).toEqual({ alpha: 'active' });
  });

  it('ends at all of them when a line ends at one', async () => {
    const { one, other, clock } = openTwo();
    await one.agent('alpha');
    const line = await other.line('alpha');
    clock.forward(3_000);
    expect([await statuses(one), await statuses(other)]).toEqual([{ alpha: 'active' }, { alpha: 'active' }]);
    await line[Symbol.asyncDispose]();
    expect(await statuses(other)).toEqual({ alpha: 'offline' });
    clock.forward(3_000);
    expect(await statuses(one)).toEqual({ alpha: 'offline' });
  });

  it('of a server that has crashed ends by itself, and is known to the one in its place', async () => {
    const { one, other, clock } = openTwo();
    await (await one.agent('alpha')).line();
    clock.forward(30_000);
    expect(await statuses(other)).toEqual({ alpha: 'active' });
    clock.forward(60_001);
    expect(await statuses(other)).toEqual({ alpha: 'offline' });
  });
});

describe('over the socket', () => {
  it('an open line is idle without heartbeats, active with them, and offline once it is closed', async () => {
    await using street = await openStreet({ pingMs: 200 });
    await street.agent('alpha');
    const line = await street.open('alpha');
    street.clock.forward(80_000);
    await expect.poll(() => statuses(street), POLL).toMatchObject({ alpha: 'idle' });
    line.say({ type: 'heartbeat' });
    await line.until(1, ofType('heartbeat'));
    expect(await statuses(street)).toMatchObject({ alpha: 'active' });
    await line[Symbol.asyncDispose]();
    await expect.poll(() => statuses(street), POLL).toMatchObject({ alpha: 'offline' });
  });

  it('peers are told who comes and goes', async () => {
    await using street = await openStreet();
    await street.agent('alpha');
    await street.agent('beta');
    await using alpha = await street.open('alpha');
    await street.agents.watch.round();
    const beta = await street.open('beta');
    await beta[Symbol.asyncDispose]();
    await expect.poll(() => statuses(street), POLL).toMatchObject({ beta: 'offline' });
    await street.agents.watch.round();
    await street.agent('gamma');
    await street.agents.watch.round();
    const told = (await alpha.until(2, ofType('presence'))).map(({ changes, more }) => [changes, more]);
    expect(told).toEqual([
      [[{ agent_id: 'beta', status: 'offline' }], false],
      [[{ agent_id: 'gamma', status: 'active' }], false],
    ]);
  });

  it('of many who come at once, a hundred are named, and that there are more', async () => {
    await using street = await openStreet();
    await street.agent('alpha');
    await using alpha = await street.open('alpha');
    await street.agents.watch.round();
    for (let n = 0; n < 120; n++) await street.agent(`a${n}`);
    await street.agents.watch.round();
    const [told] = await alpha.until(1, ofType('presence'));
    expect(told).toMatchObject({ more: true });
    expect(told?.['changes']).toHaveLength(100);
  });
});
