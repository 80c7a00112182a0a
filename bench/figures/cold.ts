import type { FigureSet } from '../bench.ts';
import { waitFor } from '../channels.ts';
import { type Call, EDGES } from '../edges.ts';
import { withinFloor } from '../figure.ts';
import { interleave, of } from '../sampling.ts';

/** From the call that creates a channel until its bot's first words can be read. */
export const cold: FigureSet = {
  name: 'cold',
  async measure({ calls, floors, samples }) {
    const probes = EDGES.map((edge) => ({
      name: `cold ${edge}`,
      run: () => coldStart(calls[edge], calls.REST),
    }));
    const measured = await interleave([floors.start, ...probes], Math.max(5, Math.ceil(samples / 40)));
    const floor = { of: floors.start.name, value: of(measured, floors.start.name).p50 };
    return EDGES.map((edge) => {
      const { p50: value, p99, count } = of(measured, `cold ${edge}`);
      const target = withinFloor(value, floor, 2);
      return {
        name: 'cold start of a bot',
        edge,
        unit: 'ms' as const,
        value,
        p99,
        samples: count,
        floor,
        target,
      };
    });
  },
};

async function coldStart(call: Call, tidy: Call): Promise<number> {
  const start = performance.now();
  const slots = ['bot:ref', 'invite:a'];
  const { channel_id, bots } = await call('create_channel', { name: 'Cold', slots, bot_preset: 'GuessBot' });
  await waitFor(call, { channel_id } as never, 'bot:commit');
  const ms = performance.now() - start;
  // Its container is not to be in the way of the next one.
  const ops = bots.map(({ bot_id }) => ({ type: 'remove_bot' as const, bot_id }));
  await tidy('update_channel', { channel_id, ops });
  return ms;
}
