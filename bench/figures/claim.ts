import { setTimeout as pause } from 'node:timers/promises';
import type { FigureSet } from '../bench.ts';
import { bare, under, withinFloor } from '../figure.ts';
import { bot, Rig } from '../sandbox/rig.ts';
import { summarize } from '../sampling.ts';

const POOL = 4;
const LOOK_MS = 10;

/** Taking a blank container for a new bot, and from there to its first answer. */
export const claim: FigureSet = {
  name: 'claim',
  async measure({ launcherSocket, floors, samples }) {
    const count = Math.max(10, Math.ceil(samples / 10));
    await using rig = new Rig(launcherSocket, { poolSize: POOL, maxContainers: 64 });
    const first: number[] = [];
    const starts: number[] = [];
    for (let i = 0; i < count; i++) {
      await filled(rig);
      const program = bot('plain');
      const start = performance.now();
      await rig.hook(program);
      first.push(performance.now() - start);
      await rig.sandbox.release(program.key);
      if (i % 4 === 0) starts.push((await floors.start.run()) as number);
    }
    const warm = rig.claims.filter(({ source }) => source === 'warm').map(({ ms }) => ms);
    if (warm.length < count * 0.9) throw new Error(`Only ${warm.length} of ${count} claims were warm.`);
    const claims = summarize(Float64Array.from(warm));
    const answers = summarize(Float64Array.from(first));
    const floor = { of: floors.start.name, value: summarize(Float64Array.from(starts)).p50 };
    return [
      { ...bare('claim of a blank container', claims), floor, target: under(claims.p50, 10) },
      { ...bare('claim to first answer', answers), floor, target: withinFloor(answers.p50, floor, 2) },
    ];
  },
};

async function filled({ sandbox }: Rig): Promise<void> {
  while (sandbox.status().containers.blank < POOL) await pause(LOOK_MS);
}
