import { setTimeout as delay } from 'node:timers/promises';
import type { FigureSet } from '../bench.ts';
import { plainChannel, type Seat, say } from '../channels.ts';
import { type Call, EDGES } from '../edges.ts';
import { interleave, of } from '../sampling.ts';

/** By then a sync that was sent is parked; longer than any call takes here. */
const PARKED_MS = 10;

/** From sending a post until a sync that was parked has answered with it. */
export const wake: FigureSet = {
  name: 'wake',
  async measure(bench) {
    const { calls, floors, samples } = bench;
    const { seats, head } = await plainChannel(bench);
    let cursor = head;
    const probes = EDGES.map((edge) => ({
      name: `wake ${edge}`,
      async run() {
        const { ms, id } = await wakeUp(calls[edge], seats, cursor);
        cursor = id;
        return ms;
      },
    }));
    const bare = [floors.route, floors.mcp, floors.insert];
    const measured = await interleave([...bare, ...probes], Math.ceil(samples / 2));
    return EDGES.map((edge) => {
      const door = edge === 'REST' ? 'bare route' : 'bare MCP call';
      const floor = {
        of: `${door} + bare insert`,
        value: of(measured, door).p50 + of(measured, 'bare insert').p50,
      };
      const { p50: value, p99, count } = of(measured, `wake ${edge}`);
      return {
        name: 'post to wake of a parked sync',
        edge,
        unit: 'ms' as const,
        value,
        p99,
        samples: count,
        floor,
      };
    });
  },
};

async function wakeUp(call: Call, [speaker, listener]: readonly [Seat, Seat], cursor: number) {
  const parked = call('sync_messages', { ...listener, cursor, timeout_ms: 20_000 });
  await delay(PARKED_MS);
  const start = performance.now();
  const posted = say(call, speaker);
  const { messages } = await parked;
  const ms = performance.now() - start;
  const id = await posted;
  if (messages.at(-1)?.id !== id) throw new Error('The parked sync answered without the post.');
  return { ms, id };
}
