import { describe, expect, it, vi } from 'vitest';
import type { Streams } from '../../control-plane/src/log/streams.ts';
import { join } from '../../control-plane/src/assembly/company.ts';
import { systemClock } from '../../control-plane/src/kernel/clock.ts';
import { MemoryRecords } from '../support/memory-records.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

function start(records: MemoryRecords, key: string) {
  return join({
    records,
    clock: systemClock,
    log,
    key: Buffer.from(key),
    leaseMs: 500,
    idleMs: 60_000,
    redisUrl: undefined,
  });
}

describe('a server with another key than the store’s', () => {
  it('is refused while another server runs', async () => {
    const records = new MemoryRecords();
    await using _other = await start(records, 'one');
    await expect(start(records, 'another')).rejects.toThrow('use this store with another key');
    await using _same = await start(records, 'one');
  });

  it('may use the store once the others are gone, also if they were killed', async () => {
    const records = new MemoryRecords();
    await (await start(records, 'one'))[Symbol.asyncDispose]();
    await (await start(records, 'another'))[Symbol.asyncDispose]();
    const beat = { kind: 'server', key: 'srv_killed', owner: 'servers', value: { beat: 7, clock: 1 } };
    await records.insert(beat, systemClock.now());
    await using again = await start(records, 'one');
    expect(again.clocks()).toHaveLength(1);
  });
});

describe('a server that stops while the store hangs', () => {
  /** All that a server asks of a store once that does not answer any more. */
  const never = () => new Promise<never>(() => undefined);

  it('waits for none of its questions for long, and for all of them together', async () => {
    const records = new MemoryRecords();
    const company = await start(records, 'one');
    const attending = company.attend({
      streams: { look: never } as unknown as Streams<never>,
      workList: { round: never },
      sandbox: { ready: never },
      pipeline: {},
    } as unknown as Parameters<typeof company.attend>[0]);
    vi.spyOn(records, 'replace').mockImplementation(never);
    vi.spyOn(records, 'take').mockImplementation(never);
    const startedAt = performance.now();
    await attending[Symbol.asyncDispose]();
    await company[Symbol.asyncDispose]();
    expect(performance.now() - startedAt).toBeLessThan(6_000);
  });
});
