import { describe, expect, it } from 'vitest';
import type { RecordStore } from '../../control-plane/src/identity/records.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { IDLE_MS, LEASE_MS, openServer } from './servers.ts';

const HOUR = 3_600_000;

describe('the lease of a channel', () => {
  it('is held by one of the servers that reach for it at once', async () => {
    const records = new MemoryRecords();
    await using a = await openServer('a', records);
    await using b = await openServer('b', records);
    await using c = await openServer('c', records);
    const servers = [a, b, c];
    for (let n = 0; n < 50; n++) {
      const held = await Promise.all(servers.map(({ leases }) => leases.hold(`chn_${n}`)));
      expect(held.filter(Boolean)).toHaveLength(1);
      expect(servers.map(({ leases }) => leases.holds(`chn_${n}`))).toEqual(held);
    }
  });

  it('stays with its holder for as long as that one beats', async () => {
    const records = new MemoryRecords();
    await using a = await openServer('a', records);
    await using b = await openServer('b', records);
    expect(await a.leases.hold('chn')).toBe(true);
    for (let n = 0; n < 20; n++) {
      await a.pass(LEASE_MS / 4);
      await b.pass(LEASE_MS / 4);
      expect(await b.leases.hold('chn')).toBe(false);
      expect(await a.leases.hold('chn')).toBe(true);
    }
  });

  it('costs its holder nothing to keep, and another nothing to be refused', async () => {
    const records = new MemoryRecords();
    let asked = 0;
    const counted = new Proxy(records, {
      get(target, name) {
        asked++;
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
    await using a = await openServer('a', counted);
    await using b = await openServer('b', counted);
    await a.leases.hold('chn');
    await b.leases.hold('chn');
    asked = 0;
    for (let n = 0; n < 10; n++) {
      expect(await a.leases.hold('chn')).toBe(true);
      expect(await b.leases.hold('chn')).toBe(false);
    }
    expect(asked).toBe(0);
  });

  it('is taken from a server that was silent for the time of a lease, and not before', async () => {
    const records = new MemoryRecords();
    await using a = await openServer('a', records);
    await using b = await openServer('b', records);
    await a.leases.hold('chn');
    await b.members.beat();
    await b.pass(LEASE_MS - 1);
    expect(await b.leases.hold('chn')).toBe(false);
    await b.pass(1);
    expect(await b.leases.hold('chn')).toBe(true);
  });

  it('is gone for a server that was paused, before anybody else may take it', async () => {
    const records = new MemoryRecords();
    await using a = await openServer('a', records);
    await using b = await openServer('b', records);
    await a.leases.hold('chn');
    await b.members.beat();
    await a.pass(LEASE_MS - 1, false);
    expect(a.leases.holds('chn')).toBe(false);
    expect(await a.leases.hold('chn')).toBe(false);
    await b.pass(LEASE_MS);
    expect(await b.leases.hold('chn')).toBe(true);
    // Awake again, the paused one finds that it has lost it.
    await a.members.beat();
    expect(await a.leases.hold('chn')).toBe(false);
  });

  it('is kept by a server that was paused if nobody wanted it', async () => {
    const records = new MemoryRecords();
    await using a = await openServer('a', records);
    await a.leases.hold('chn');
    await a.pass(10 * LEASE_MS, false);
    await a.members.beat();
    expect(await a.leases.hold('chn')).toBe(true);
  });

  it('is free at once when its holder leaves', async () => {
    const records = new MemoryRecords();
    const a = await openServer('a', records);
    await a.leases.hold('chn');
    await using b = await openServer('b', records);
    expect(await b.leases.hold('chn')).toBe(false);
    await a[Symbol.asyncDispose]();
    // Without another heartbeat, and long before the lease is over.
    b.ticks.ms += 1_000;
    expect(await b.leases.hold('chn')).toBe(true);
  });

  it('is not taken from a server that joined a moment ago and was not heard yet', async () => {
    const records = new MemoryRecords();
    await using a = await openServer('a', records);
    await using late = await openServer('late', records);
    await late.leases.hold('chn');
    expect(await a.leases.hold('chn')).toBe(false);
  });

  it('that was not used for a while goes to the next who wants it', async () => {
    const records = new MemoryRecords();
    await using a = await openServer('a', records);
    await using b = await openServer('b', records);
    await a.leases.hold('used');
    await a.leases.hold('idle');
    expect(await b.leases.hold('idle')).toBe(false);
    await a.pass(IDLE_MS);
    await a.leases.hold('used');
    await a.pass(1);
    await a.leases.releaseIdle();
    expect([...a.leases.held()]).toEqual(['used']);
    await b.pass(LEASE_MS / 4);
    expect(await b.leases.hold('idle')).toBe(true);
    expect(await b.leases.hold('used')).toBe(false);
  });

  it('is taken again by who needs it while it is being given up', async () => {
    const records = new MemoryRecords();
    await using a = await openServer('a', records);
    await a.leases.hold('chn');
    await a.pass(IDLE_MS + 1);
    const releasing = a.leases.releaseIdle();
    const wanted = a.leases.hold('chn');
    await releasing;
    expect(await wanted).toBe(true);
    await using b = await openServer('b', records);
    expect(await b.leases.hold('chn')).toBe(false);
  });

  it('goes to another while a server steps back, and may come back afterwards', async () => {
    const records = new MemoryRecords();
    await using a = await openServer('a', records);
    await using b = await openServer('b', records);
    await a.leases.hold('one');
    await a.leases.hold('other');
    expect(await b.leases.hold('one')).toBe(false);
    await a.leases.stepBack(true);
    await b.pass(2_000);
    expect([...a.leases.held()]).toEqual([]);
    expect(await a.leases.hold('one')).toBe(false);
    expect(await b.leases.hold('one')).toBe(true);
    await a.leases.stepBack(false);
    expect(await a.leases.hold('one')).toBe(false);
    expect(await a.leases.hold('other')).toBe(true);
  });

  it.each([
    ['fails', () => Promise.reject(new Error('away'))],
    ['is not answered yet', () => new Promise<never>(() => {})],
  ])('is not taken from a server that beats while hearing it %s', async (_what, listByOwner) => {
    const records = new MemoryRecords();
    let deaf = false;
    const ofB = Object.assign(Object.create(records) as MemoryRecords, {
      insert: records.insert.bind(records),
      replace: records.replace.bind(records),
      get: records.get.bind(records),
      take: records.take.bind(records),
      listByOwner: (...args: Parameters<RecordStore['listByOwner']>) =>
        deaf ? listByOwner() : records.listByOwner(...args),
    });
    await using a = await openServer('a', records);
    const b = await openServer('b', ofB);
    await a.leases.hold('chn');
    expect(await b.leases.hold('chn')).toBe(false);
    deaf = true;
    // Its own beat is written; what it has heard is from long ago.
    await a.pass(LEASE_MS);
    b.ticks.ms += LEASE_MS;
    void b.members.beat();
    await new Promise((resolve) => setImmediate(resolve));
    const tries = [b.leases.hold('chn'), b.leases.hold('chn')].map((hold) => hold.catch(() => false));
    const soon = new Promise<false>((resolve) => setImmediate(() => resolve(false)));
    for (const hold of tries) expect(await Promise.race([hold, soon])).toBe(false);
    expect(await Promise.race([b.leases.hold('chn').catch(() => false), soon])).toBe(false);
    expect(a.leases.holds('chn')).toBe(true);
  });

  it.each([
    ['hours behind', -5 * HOUR],
    ['hours ahead', 5 * HOUR],
  ])(
    'does not depend on wall clocks: a server whose own is %s neither loses nor steals',
    async (_what, skew) => {
      const records = new MemoryRecords();
      await using a = await openServer('a', records);
      await using b = await openServer('b', records, skew);
      expect(await a.leases.hold('of a')).toBe(true);
      expect(await b.leases.hold('of b')).toBe(true);
      for (let n = 0; n < 8; n++) {
        await a.pass(LEASE_MS / 4);
        await b.pass(LEASE_MS / 4);
      }
      expect(await b.leases.hold('of a')).toBe(false);
      expect(await a.leases.hold('of b')).toBe(false);
    },
  );

  it('is not held by a server that cannot write its heartbeat', async () => {
    const records = new MemoryRecords();
    let away = false;
    const replace: RecordStore['replace'] = (...args) =>
      away ? Promise.reject(new Error('away')) : records.replace(...args);
    const shaky: RecordStore = Object.assign(Object.create(records) as MemoryRecords, {
      replace,
      insert: records.insert.bind(records),
      get: records.get.bind(records),
      take: records.take.bind(records),
      listByOwner: records.listByOwner.bind(records),
    });
    await using a = await openServer('a', shaky);
    await a.leases.hold('chn');
    away = true;
    await a.pass(LEASE_MS / 2);
    expect(a.leases.holds('chn')).toBe(true);
    await a.pass(LEASE_MS / 4);
    expect(a.leases.holds('chn')).toBe(false);
    expect(a.troubles.length).toBeGreaterThan(0);
    away = false;
    await a.members.beat();
    expect(await a.leases.hold('chn')).toBe(true);
  });
});

describe('the servers of a store', () => {
  it('know each other while they beat, with each one’s clock', async () => {
    const records = new MemoryRecords();
    await using a = await openServer('a', records);
    await using b = await openServer('b', records, -5_000);
    await a.members.beat();
    expect(a.members.alive()).toEqual([
      { id: 'a', clock: a.clock.now() },
      { id: 'b', clock: b.clock.now() },
    ]);
    await a.pass(LEASE_MS);
    expect(a.members.alive().map(({ id }) => id)).toEqual(['a']);
  });

  it('beat on after the answer to a beat was lost', async () => {
    const records = new MemoryRecords();
    await using a = await openServer('a', records);
    const replace = records.replace.bind(records);
    records.replace = async (...args) => {
      await replace(...args);
      records.replace = replace;
      throw new Error('the answer was lost');
    };
    await a.pass(LEASE_MS / 4);
    expect(a.troubles).toHaveLength(1);
    await a.pass(LEASE_MS);
    expect(a.members.safe).toBe(true);
    expect(a.troubles).toHaveLength(1);
  });
});
