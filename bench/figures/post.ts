import type { Bench, FigureSet } from '../bench.ts';
import { type Channel, plainChannel, say } from '../channels.ts';
import { EDGES } from '../edges.ts';
import { bare, type Figure, type Floor, withinFloor } from '../figure.ts';
import { interleave, of, type Probe, type Samples } from '../sampling.ts';

const SHORT = 100;

/** A post without bots, in a short and in a long channel. */
export const post: FigureSet = {
  name: 'post',
  async measure(bench) {
    const { floors, samples, longEntries } = bench;
    const short = await plainChannel(bench, SHORT);
    const long = await plainChannel(bench, longEntries);
    const probes = [...probesOf(bench, 'post', short), ...probesOf(bench, 'long post', long)];
    const measured = await interleave([floors.route, floors.insert, floors.mcp, ...probes], samples);
    const doors = [floors.route, floors.insert, floors.mcp].map(({ name }) => bare(name, of(measured, name)));
    return [...doors, ...figuresOf(measured), ...lengthFigures('post', measured, longEntries)];
  },
};

function probesOf({ calls }: Bench, name: string, { seats: [seat] }: Channel): Probe[] {
  return EDGES.map((edge) => ({
    name: `${name} ${edge}`,
    run: async () => void (await say(calls[edge], seat)),
  }));
}

function figuresOf(measured: ReadonlyMap<string, Samples>): Figure[] {
  const at = (name: string) => of(measured, name);
  const restFloor = { of: 'bare route + bare insert', value: at('bare route').p50 + at('bare insert').p50 };
  const mcpFloor = {
    of: 'bare MCP call + our REST post',
    value: at('bare MCP call').p50 + at('post REST').p50,
  };
  return [
    figure('post without bots', 'REST', at('post REST'), restFloor, 4),
    figure('post without bots', 'MCP', at('post MCP'), mcpFloor, 1.5),
  ];
}

/** The same in a long channel, with the same in a short one as the floor. */
export function lengthFigures(
  name: string,
  measured: ReadonlyMap<string, Samples>,
  entries: number,
): Figure[] {
  return EDGES.map((edge) => {
    const floor = { of: `the same at ${SHORT} entries`, value: of(measured, `${name} ${edge}`).p50 };
    return figure(
      `${name} at ${entries.toLocaleString('en')} entries`,
      edge,
      of(measured, `long ${name} ${edge}`),
      floor,
      1.1,
    );
  });
}

function figure(
  name: string,
  edge: string,
  { p50, p99, count }: Samples,
  floor: Floor,
  times: number,
): Figure {
  const target = withinFloor(p50, floor, times);
  return { name, edge, unit: 'ms', value: p50, p99, samples: count, floor, target };
}
