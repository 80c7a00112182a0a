import { Members } from '../../control-plane/src/leases/members.ts';
import { SharedLeases } from '../../control-plane/src/leases/shared.ts';
import type { RecordStore } from '../../control-plane/src/identity/records.ts';
import { ManualClock } from '../support/manual-time.ts';

export const LEASE_MS = 60_000;
export const IDLE_MS = 300_000;

/** A clock that only goes forward, as far as a test moves it. */
class Ticks {
  ms = 0;
  readonly now = () => this.ms;
}

/** One server of a store, with clocks of its own: wall clocks of servers may be far apart. */
export async function openServer(id: string, records: RecordStore, skewMs = 0) {
  const clock = new ManualClock();
  clock.forward(skewMs);
  const ticks = new Ticks();
  const troubles: unknown[] = [];
  const members = await Members.join({
    records,
    clock,
    id,
    leaseMs: LEASE_MS,
    onTrouble: (error) => troubles.push(error),
    monotonic: ticks.now,
  });
  const leases = new SharedLeases({ records, clock, members, idleMs: IDLE_MS, monotonic: ticks.now });
  return {
    id,
    clock,
    ticks,
    troubles,
    members,
    leases,
    /** Time passes for this server, with or without its heartbeats. */
    async pass(ms: number, beats = true) {
      for (let left = ms; left > 0; left -= LEASE_MS / 4) {
        ticks.ms += Math.min(left, LEASE_MS / 4);
        clock.forward(Math.min(left, LEASE_MS / 4));
        if (beats) await members.beat();
      }
    },
    [Symbol.asyncDispose]: () => members[Symbol.asyncDispose](),
  };
}
