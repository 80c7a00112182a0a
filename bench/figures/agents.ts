import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, FigureSet } from '../bench.ts';
import { bare as bareFigure, type Figure, under } from '../figure.ts';
import { startRelay } from '../floors/bare-process.ts';
import { Generator } from '../load/agents/generator.ts';
import { agentNames, registerAll } from '../load/agents/names.ts';
import type { Received, Target } from '../load/agents/protocol.ts';

/** Agents that write to each other, and those that a message to all reaches. */
const PEERS = 100;
const CROWD = 1_000;
/** Sockets opened at a time where not all are to come at once. */
const STEP = 100;
/** Senders' connections, each with one message under way. */
const CONNECTIONS = 64;
const ROUNDS = 3;
const BROADCASTS = 10;
const BROADCAST_LIMIT_MS = 1_000;

interface Load {
  readonly senders: Generator;
  readonly receivers: Generator;
  readonly target: Target;
}

/** Messages between agents, HTTP in and WebSocket out, beside a bare relay that keeps nothing. */
export const agents: FigureSet = {
  name: 'agents',
  async measure(bench) {
    await using relay = await startRelay();
    await using senders = await Generator.start();
    await using receivers = await Generator.start();
    const names = agentNames(CROWD);
    await registerAll(bench, names);
    const floor = { senders, receivers, target: { url: relay.url, token: relay.token } };
    const server = { senders, receivers, target: { url: bench.url, token: bench.token } };
    const peers = names.slice(0, PEERS);
    const rates = await measureRates(bench, floor, server, peers);
    return [
      ...rates.figures,
      ...(await latency(bench, floor, server, peers, rates.value / 2)),
      await toAll(bench, floor, server, names),
    ];
  },
};

/** Messages a second until all are received. */
async function measureRates(bench: Bench, floor: Load, server: Load, peers: readonly string[]) {
  const each = bench.quick ? 20 : 100;
  const rates = { floor: [] as number[], server: [] as number[] };
  // Unmeasured, so that both have run what they run often.
  for (const load of [floor, server]) await rateOf(load, peers, each);
  const total = ROUNDS * each * peers.length;
  let cpuMs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    rates.floor.push(await rateOf(floor, peers, each));
    const before = bench.serverCpuMs();
    rates.server.push(await rateOf(server, peers, each));
    cpuMs += bench.serverCpuMs() - before;
  }
  const value = median(rates.server);
  const name = `messages a second, ${PEERS} agents, until all are received`;
  const of = 'bare relay, same load';
  const figures: Figure[] = [
    { name, edge: 'HTTP, WS', unit: '1/s', value, samples: total, floor: { of, value: median(rates.floor) } },
    {
      name: 'CPU time of the server for one of them, with its acknowledgement',
      unit: 'ms',
      value: cpuMs / total,
      samples: ROUNDS,
    },
  ];
  return { value, figures };
}

async function rateOf(load: Load, peers: readonly string[], each: number): Promise<number> {
  const { senders, receivers, target } = load;
  await receivers.ask('connect', { ...target, agents: peers, step: STEP });
  const received = receivers.ask('receive', { each });
  const input = { ...target, from: peers, to: peers, each, connections: CONNECTIONS };
  await senders.ask('flood', input);
  const { ms } = whole(await received, each * peers.length);
  await end(load);
  return (each * peers.length * 1_000) / ms;
}

/** From before a message was due until it is received, at a steady rate. */
async function latency(
  bench: Bench,
  floor: Load,
  server: Load,
  peers: readonly string[],
  rate: number,
): Promise<Figure[]> {
  const perSecond = Math.round(rate);
  const each = Math.ceil((perSecond * (bench.quick ? 3 : 20)) / peers.length);
  const run = async (load: Load): Promise<Received> => {
    const { senders, receivers, target } = load;
    await receivers.ask('connect', { ...target, agents: peers, step: STEP });
    const received = receivers.ask('receive', { each });
    await senders.ask('pace', { ...target, from: peers, to: peers, each, perSecond });
    const result = whole(await received, each * peers.length);
    await end(load);
    return result;
  };
  const [bare, { p50: value, p99, count: samples }] = [await run(floor), await run(server)];
  const name = `from sending to receiving, at half that rate (${perSecond}/s)`;
  const of = 'bare relay, same load';
  return [
    bareFigure('the same through the bare relay', bare),
    { name, edge: 'HTTP, WS', unit: 'ms', value, p99, samples, floor: { of, value: bare.p50 } },
  ];
}

/** One message to all who are connected, until the last one has it. */
async function toAll(bench: Bench, floor: Load, server: Load, names: readonly string[]): Promise<Figure> {
  const run = async (load: Load) => {
    const { senders, receivers, target } = load;
    // The sender itself has no message to come.
    const [from = '', ...others] = names;
    await receivers.ask('connect', { ...target, agents: others, step: STEP });
    const times: number[] = [];
    for (let n = 0; n < (bench.quick ? 3 : BROADCASTS); n++) {
      const received = receivers.ask('receive', { each: 1 });
      await senders.ask('broadcast', { ...target, from });
      times.push(whole(await received, others.length).most);
    }
    await end(load);
    return times;
  };
  const [bare, times] = [await run(floor), await run(server)];
  const most = Math.max(...times);
  return {
    name: `a message to ${CROWD.toLocaleString('en')} connected agents, until the last has it (p99: the slowest)`,
    edge: 'HTTP, WS',
    unit: 'ms',
    value: median(times),
    p99: most,
    samples: times.length,
    floor: { of: 'bare relay, same load', value: median(bare) },
    target: { ...under(most, BROADCAST_LIMIT_MS), text: `each < ${BROADCAST_LIMIT_MS} ms` },
  };
}

/** Acknowledgements are written within a second; what is cut before would come again. */
async function end({ receivers }: Load): Promise<void> {
  await pause(1_500);
  await receivers.ask('cut', {});
}

/** @throws where not all came, or anything came twice */
function whole(received: Received, total: number): Received {
  const { count, lacking, repeated } = received;
  if (count === total && lacking === 0 && repeated === 0) return received;
  throw new Error(`Of ${total} messages ${count} came, ${repeated} again; ${lacking} agents lack some.`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
