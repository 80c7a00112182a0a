import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, FigureSet } from '../bench.ts';
import { type Channel, say, seatTwo } from '../channels.ts';
import { type Call, EDGES, type Edge } from '../edges.ts';
import { below, type Figure, under } from '../figure.ts';
import { limitsOf } from '../load/limits.ts';
import { connectMany, ParkedClient, type ParkedOptions } from '../load/parked.ts';
import { summarize } from '../sampling.ts';
import { residentMb } from '../sandbox/memory.ts';
import { ownServer } from '../own-server.ts';

const CHANNELS = 200;
const SETTLE_MS = 2_000;
const MB_ALLOWED = 1_024;
const WAKE_LIMIT_MS = 50;

/** Many clients that wait: what they cost, how quickly they wake, and what happens when all come back at once. */
export const parked: FigureSet = {
  name: 'parked',
  async measure(bench) {
    const many = bench.quick ? 1_000 : 10_000;
    const figures: Figure[] = [];
    for (const edge of EDGES) figures.push(...(await measureEdge(bench, edge, many)));
    return figures;
  },
};

async function measureEdge(bench: Bench, edge: Edge, many: number): Promise<Figure[]> {
  await using server = await ownServer({});
  const { url, token, call, pid } = server;
  const channels = await Promise.all(
    Array.from({ length: CHANNELS }, () => seatTwo(call, ['invite:a', 'invite:b'])),
  );
  const options = { url, token, edge };
  const { openFiles, backlog } = limitsOf(pid);
  bench.say(`${edge}: ${openFiles} open files allowed, ${backlog} connections may wait to be taken`);
  return [
    await wakeFigure(options, call, channels, bench.quick ? 200 : 1_000),
    await heldFigure(options, call, channels, many, pid),
    await reconnectFigure(options, call, channels, many),
  ];
}

/** From sending a post until each of those that wait in its channel has it, while many wait elsewhere. */
async function wakeFigure(
  options: ParkedOptions,
  call: Call,
  channels: Channel[],
  count: number,
): Promise<Figure> {
  using stack = new DisposableStack();
  const clients = (await connectMany(options, await headsOf(call, channels), count)).map((client) =>
    stack.use(client),
  );
  const times: number[] = [];
  let started = 0;
  const waiting = clients.map((client) => ({ client, answer: client.sync() }));
  await pause(SETTLE_MS);
  for (let n = 0; n < 400; n++) {
    const channel = channels[n % channels.length] as Channel;
    const woken = waiting.filter(({ client }) => client.seat === channel.seats[1]);
    started = performance.now();
    const answers = woken.map(({ answer }) => answer.then(() => performance.now() - started));
    await say(call, channel.seats[0]);
    times.push(...(await Promise.all(answers)));
    for (const one of woken) one.answer = one.client.sync();
    await pause(5);
  }
  for (const { answer } of waiting) answer.catch(() => undefined);
  const { p50: value, p99, count: samples } = summarize(Float64Array.from(times));
  const name = `post to wake, ${count.toLocaleString('en')} syncs parked`;
  return {
    name,
    edge: options.edge,
    unit: 'ms',
    value,
    p99,
    samples,
    target: { ...under(p99, WAKE_LIMIT_MS), text: `p99 < ${WAKE_LIMIT_MS} ms` },
  };
}

/** What the server holds in memory while so many wait. */
async function heldFigure(
  options: ParkedOptions,
  call: Call,
  channels: readonly Channel[],
  count: number,
  pid: number,
): Promise<Figure> {
  using stack = new DisposableStack();
  const before = residentMb(pid);
  const clients = await connectMany(options, await headsOf(call, channels), count);
  for (const client of clients)
    stack
      .use(client)
      .sync()
      .catch(() => undefined);
  await pause(SETTLE_MS * 3);
  const value = residentMb(pid);
  const name = `memory with ${count.toLocaleString('en')} syncs parked (${Math.round(before)} MB before)`;
  return { name, edge: options.edge, unit: 'MB', value, samples: 1, target: below(value, MB_ALLOWED, 'MB') };
}

/** All lose their connection, miss some posts, and come back at once: each must get just what it missed. */
async function reconnectFigure(
  options: ParkedOptions,
  call: Call,
  channels: readonly Channel[],
  count: number,
): Promise<Figure> {
  const seats = await headsOf(call, channels);
  const missed = new Map<string, number[]>();
  for (const {
    seats: [speaker],
  } of channels) {
    const ids = [await say(call, speaker), await say(call, speaker)];
    missed.set(speaker.channel_id, ids);
  }
  const start = performance.now();
  const wrong = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const { seat, head } = seats[n % seats.length] as (typeof seats)[number];
      using client = await ParkedClient.connect(options, seat, head);
      const ids = await client.sync();
      return ids.join() === missed.get(seat.channel_id)?.join() ? 0 : 1;
    }),
  );
  const lost = wrong.filter(Boolean).length;
  const name = `${count.toLocaleString('en')} come back at once, until the last has what it missed (${lost} did not)`;
  const target = { text: '0 errors, 0 lost', value: lost, limit: 0, met: lost === 0 };
  return { name, edge: options.edge, unit: 'ms', value: performance.now() - start, samples: count, target };
}

/** Where each channel ends now, with the seat that waits in it. */
async function headsOf(call: Call, channels: readonly Channel[]) {
  return Promise.all(
    channels.map(async ({ seats: [, seat] }) => ({
      seat,
      head: (await call('get_channel_info', seat)).head,
    })),
  );
}
