import type { FigureSet } from '../bench.ts';
import { Game } from '../channels.ts';
import { EDGES, type Edge } from '../edges.ts';
import { bare, under } from '../figure.ts';
import { interleave, of } from '../sampling.ts';
import { lengthFigures } from './post.ts';

const TARGET_MS: Readonly<Record<Edge, number>> = { REST: 5, MCP: 8 };

/** From a move to its verdict in the answer of the same call, in a short and in a long game. */
export const verdict: FigureSet = {
  name: 'verdict',
  async measure(bench) {
    const { calls, floors, samples, manyEntries } = bench;
    const games = { verdict: await Game.start(bench), 'long verdict': await Game.start(bench, manyEntries) };
    const probes = Object.entries(games).flatMap(([name, game]) =>
      EDGES.map((edge) => ({
        name: `${name} ${edge}`,
        run: async () => void (await game.move(calls[edge])),
      })),
    );
    const doors = [floors.route, floors.mcp, floors.insert, floors.pipe];
    const measured = await interleave([...doors, ...probes], Math.ceil(samples / 2));
    const p50 = (name: string) => of(measured, name).p50;
    // A move is a commit, and its verdict another.
    const behind = 2 * p50('bare insert') + p50('bare pipe');
    const own = EDGES.map((edge) => {
      const door = edge === 'REST' ? 'bare route' : 'bare MCP call';
      const { p50: value, p99, count } = of(measured, `verdict ${edge}`);
      const floor = { of: `${door} + 2 bare inserts + bare pipe`, value: p50(door) + behind };
      const target = under(value, TARGET_MS[edge]);
      return {
        name: 'post to verdict',
        edge,
        unit: 'ms' as const,
        value,
        p99,
        samples: count,
        floor,
        target,
      };
    });
    return [
      bare(floors.pipe.name, of(measured, floors.pipe.name)),
      ...own,
      ...lengthFigures('verdict', measured, manyEntries),
    ];
  },
};
