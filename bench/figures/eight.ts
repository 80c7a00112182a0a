import type { FigureSet } from '../bench.ts';
import { Game } from '../channels.ts';
import { EDGES } from '../edges.ts';
import { atLeast, type Figure } from '../figure.ts';

const GAMES = 8;

/** Eight games at once, each as fast as its verdicts come; verdicts in all. */
export const eight: FigureSet = {
  name: 'eight',
  async measure(bench) {
    const { calls, floors, throughputMs, serverCpuMs } = bench;
    const games: Game[] = [];
    for (let index = 0; index < GAMES; index++) games.push(await Game.start(bench));
    const figures: Figure[] = [];
    for (const edge of EDGES) {
      const bare = edge === 'REST' ? floors.route : floors.mcp;
      const bareRate = await rate(
        Array.from({ length: GAMES }, () => () => bare.run()),
        throughputMs / 4,
      );
      const cpuBefore = serverCpuMs();
      const ours = await rate(
        games.map((game) => () => game.move(calls[edge])),
        throughputMs,
      );
      figures.push({
        name: `${GAMES} games at once`,
        edge,
        unit: '1/s',
        value: ours.perSecond,
        samples: ours.count,
        floor: { of: `${bare.name}, ${GAMES} at once`, value: bareRate.perSecond },
        ...(edge === 'REST' && { target: atLeast(ours.perSecond, 300) }),
      });
      figures.push({
        name: "server's CPU time for a verdict",
        edge,
        unit: 'ms',
        value: (serverCpuMs() - cpuBefore) / ours.count,
        samples: ours.count,
      });
    }
    return figures;
  },
};

/** How often loops that run beside each other get round. */
async function rate(loops: readonly (() => Promise<unknown>)[], ms: number) {
  let count = 0;
  const start = performance.now();
  const turn = async (step: () => Promise<unknown>) => {
    while (performance.now() - start < ms) {
      await step();
      count++;
    }
  };
  await Promise.all(loops.map(turn));
  return { count, perSecond: (count * 1000) / (performance.now() - start) };
}
