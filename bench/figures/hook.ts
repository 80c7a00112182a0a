import { setTimeout as pause } from 'node:timers/promises';
import type { FigureSet } from '../bench.ts';
import { bare, under } from '../figure.ts';
import { bot, Rig } from '../sandbox/rig.ts';
import { interleave, of } from '../sampling.ts';

/** Between two hooks of one bot, ms: moves of a game do not come closer. */
const PAUSE_MS = 25;
const KINDS = [
  { kind: 'plain', name: 'hook, no network modules', limitMs: 2, modules: [] },
  { kind: 'networked', name: 'hook, requests loaded', limitMs: 4, modules: ['requests'] },
] as const;

/** One hook through the sandbox port, there and back, beside a bare fork of the same interpreter. */
export const hook: FigureSet = {
  name: 'hook',
  async measure({ containers, launcherSocket, samples }) {
    await using rig = new Rig(launcherSocket, { poolSize: 0, maxContainers: 8 });
    await using stack = new AsyncDisposableStack();
    const probes = [];
    for (const { kind, name, modules } of KINDS) {
      const forks = stack.use(await containers.forks(modules));
      const [paused, busy] = [bot(kind), bot(kind)];
      await Promise.all([rig.hook(paused), rig.hook(busy)]);
      probes.push(
        { name: `bare fork for ${name}`, run: () => forks.run() },
        { name, run: () => timedAfterPause(() => rig.hook(paused)) },
        { name: `${name}, without a pause`, run: () => secondOfTwo(() => rig.hook(busy)) },
      );
    }
    const measured = await interleave(probes, Math.ceil(samples / 2));
    return KINDS.flatMap(({ name, limitMs }) => {
      const fork = of(measured, `bare fork for ${name}`);
      const floor = { of: 'bare fork, same modules', value: fork.p50 };
      const paused = of(measured, name);
      const busy = of(measured, `${name}, without a pause`);
      return [
        bare(`bare fork for ${name}`, fork),
        { ...bare(name, paused), floor, target: under(paused.p50, limitMs) },
        { ...bare(`${name}, without a pause`, busy), floor },
      ];
    });
  },
};

async function timedAfterPause(run: () => Promise<void>): Promise<number> {
  await pause(PAUSE_MS);
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** The first takes what was made ready; the second comes as close on as it can. */
async function secondOfTwo(run: () => Promise<void>): Promise<number> {
  await run();
  const start = performance.now();
  await run();
  return performance.now() - start;
}
