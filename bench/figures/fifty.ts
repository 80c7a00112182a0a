import type { FigureSet } from '../bench.ts';
import { bare } from '../figure.ts';
import { memoryOf } from '../sandbox/memory.ts';
import { bot, Rig } from '../sandbox/rig.ts';
import { summarize } from '../sampling.ts';

const BOTS = 50;

/** Fifty bots started at once, cold, beside fifty bare containers; then what each takes while it idles. */
export const fifty: FigureSet = {
  name: 'fifty',
  async measure({ launcherSocket, containers, engine, instance }) {
    const bareMs = await took(() => Promise.all(Array.from({ length: BOTS }, () => containers.start())));
    await using rig = new Rig(launcherSocket, { poolSize: 0, maxContainers: BOTS });
    const programs = Array.from({ length: BOTS }, () => bot('plain'));
    const each: number[] = [];
    const allMs = await took(() =>
      Promise.all(programs.map(async (program) => each.push(await took(() => rig.hook(program))))),
    );
    const memory = await memoryOf(engine, instance);
    const floor = { of: `${BOTS} bare container starts at once`, value: bareMs };
    const idle = summarize(Float64Array.from(memory));
    return [
      { name: `${BOTS} bots started at once`, unit: 'ms', value: allMs, samples: 1, floor },
      bare(`first answer of one of ${BOTS}`, summarize(Float64Array.from(each))),
      { name: 'memory of an idle bot', unit: 'MB', value: idle.p50, p99: idle.p99, samples: idle.count },
    ];
  },
};

async function took(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
