import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, FigureSet } from '../bench.ts';
import { below, type Figure } from '../figure.ts';
import { startRelay } from '../floors/bare-process.ts';
import { Generator } from '../load/agents/generator.ts';
import { agentNames, registerAll } from '../load/agents/names.ts';
import type { Received, Target } from '../load/agents/protocol.ts';
import { ownServer } from '../own-server.ts';
import { residentMb } from '../sandbox/memory.ts';

const MB_ALLOWED = 1_024;
const STEP = 100;
const CONNECTIONS = 64;
/** Messages that wait for each agent. */
const WAITING = 2;
/** Agents that write them. */
const SENDERS = 100;

/** Many agents on sockets: what they cost, and what happens when all come back at once. */
export const crowd: FigureSet = {
  name: 'crowd',
  async measure(bench) {
    await using server = await ownServer({});
    await using relay = await startRelay();
    await using senders = await Generator.start();
    await using receivers = await Generator.start();
    const names = agentNames(bench.quick ? 500 : 5_000);
    await registerAll(server, names);
    const run = (target: Target & { readonly pid: number }) =>
      measureOne(bench, target, { senders, receivers }, names);
    return figuresOf(names.length, await run(relay), await run(server));
  },
};

interface Measured {
  readonly heldMb: number;
  readonly backMs: number;
  readonly wrong: number;
}

/** Both figures, of the server or of the floor. */
async function measureOne(
  bench: Bench,
  { url, token, pid }: Target & { readonly pid: number },
  { senders, receivers }: { readonly senders: Generator; readonly receivers: Generator },
  names: readonly string[],
): Promise<Measured> {
  const target = { url, token };
  await receivers.ask('connect', { ...target, agents: names, step: STEP });
  // Until each has sent a heartbeat at least.
  await pause(bench.quick ? 5_000 : 35_000);
  const heldMb = residentMb(pid);
  await receivers.ask('cut', {});
  const from = names.slice(0, SENDERS);
  await senders.ask('flood', { ...target, from, to: names, each: WAITING, connections: CONNECTIONS });
  const start = performance.now();
  const connectMs = await receivers.ask('connect', { ...target, agents: names, step: names.length });
  const received = await receivers.ask('receive', { each: WAITING });
  bench.say(`${names.length} connected after ${Math.round(connectMs)} ms`);
  const backMs = performance.now() - start;
  await receivers.ask('cut', {});
  return { heldMb, backMs, wrong: wrongOf(received, WAITING * names.length) };
}

/** Messages that did not come, or came again. */
function wrongOf({ count, lacking, repeated }: Received, total: number): number {
  return Math.max(lacking, Math.abs(total - count)) + repeated;
}

function figuresOf(count: number, bare: Measured, { heldMb, backMs, wrong }: Measured): Figure[] {
  const many = count.toLocaleString('en');
  const of = 'bare relay, as many sockets';
  return [
    {
      name: `memory with ${many} agents on sockets, with heartbeats`,
      edge: 'WS',
      unit: 'MB',
      value: heldMb,
      samples: 1,
      floor: { of, value: bare.heldMb },
      target: below(heldMb, MB_ALLOWED, 'MB'),
    },
    {
      name: `${many} come back at once, until the last has its ${WAITING} messages`,
      edge: 'WS',
      unit: 'ms',
      value: backMs,
      samples: count,
      floor: { of, value: bare.backMs },
      target: { text: '0 lost, 0 repeated', value: wrong, limit: 0, met: wrong === 0 },
    },
  ];
}
