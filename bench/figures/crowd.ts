import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, FigureSet } from '../bench.ts';
import { type Seat, say, seatTwo } from '../channels.ts';
import { EDGES, type Edge } from '../edges.ts';
import { below, type Figure } from '../figure.ts';
import { Crowd, type Door, type Member, messageIds } from '../load/crowd.ts';
import { descriptors } from '../load/limits.ts';
import { residentMb } from '../load/memory.ts';
import { type OwnServer, ownServer } from '../own-server.ts';

const CHANNELS = 100;
/** Descriptors that a server and the benchmark need for everything else. */
const RESERVE = 500;
const HELD_MB = 1_000;
/** Until the last of a crowd is parked: its sync was sent, and what the server had to do for it is little. */
const SETTLE_MS = 3_000;

/** Many parked syncs, and all of them coming back at once. */
export const crowd: FigureSet = {
  name: 'crowd',
  async measure(bench) {
    const figures: Figure[] = [];
    for (const edge of EDGES) figures.push(...(await measureEdge(bench, edge)));
    return figures;
  },
};

async function measureEdge({ crowd: wanted }: Bench, edge: Edge): Promise<Figure[]> {
  const clients = Math.min(wanted, descriptors() - RESERVE);
  await using server = await ownServer({ POOL_SIZE: '0' });
  const door: Door = { edge, url: server.url, token: server.token };
  const seats = await seatsOf(server);
  const members = Array.from({ length: clients }, (_, n) => seats[n % seats.length] as Member);
  const before = residentMb(server.pid);
  const held = await parked(door, members, () => residentMb(server.pid));
  const { ms, errors, lost } = await comeBack(server, door, members);
  const count = clients.toLocaleString('en');
  return [
    {
      name: `server's memory with ${count} parked syncs`,
      edge,
      unit: 'MB',
      value: held,
      samples: 1,
      target: below(held, HELD_MB, 'MB'),
    },
    { name: 'of it for each of them', edge, unit: 'MB', value: (held - before) / clients, samples: clients },
    { name: `${count} clients back at once, last answer`, edge, unit: 'ms', value: ms, samples: clients },
    {
      name: 'errors and lost entries of these',
      edge,
      unit: '',
      value: errors + lost,
      samples: clients,
      target: { text: 'none', value: errors + lost, limit: 0, met: errors + lost === 0 },
    },
  ];
}

async function seatsOf({ call }: OwnServer): Promise<Member[]> {
  const members: Member[] = [];
  for (let n = 0; n < CHANNELS; n++) {
    const { seats, head } = await seatTwo(call, ['invite:a', 'invite:b']);
    members.push(...seats.map((seat) => ({ seat, cursor: head })));
  }
  return members;
}

/** Parks a sync for each client, and cuts them all off. @returns what `measure` gave while they were parked */
async function parked<T>(door: Door, members: readonly Member[], measure: () => T): Promise<T> {
  using crowd = await Crowd.gather(door, members);
  const early = await Promise.race([...crowd.answers, delay(SETTLE_MS)]);
  if (early !== undefined) throw new Error('A sync that should be parked has answered.');
  return measure();
}

/** Everyone missed a post, and comes back at the same moment with a cursor from before it. */
async function comeBack({ call }: OwnServer, door: Door, members: readonly Member[]) {
  const missed = new Map<string, number>();
  const speakers = new Map(members.map(({ seat }) => [seat.channel_id, seat]));
  for (const [id, seat] of speakers as Map<string, Seat>) missed.set(id, await say(call, seat));
  const start = performance.now();
  const results = await Crowd.rush(door, members);
  const ms = performance.now() - start;
  let [errors, lost] = [0, 0];
  results.forEach((result, index) => {
    const { seat, cursor } = members[index] as Member;
    if (result.status === 'rejected') errors++;
    else if (messageIds(result.value).join() !== `${cursor + 1}` || missed.get(seat.channel_id) !== cursor + 1)
      lost++;
  });
  return { ms, errors, lost };
}
