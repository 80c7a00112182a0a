import type { FigureSet } from '../bench.ts';
import { plainChannel } from '../channels.ts';
import { bare as bareFigure, type Floor } from '../figure.ts';
import { postRequest, RawConnection } from '../load/raw-connection.ts';
import { summarize, timed } from '../sampling.ts';

const CHANNELS = 200;
/** One client for each channel. */
const CONNECTIONS = CHANNELS;
/** Inserts between two rounds: what the disk does meanwhile. */
const INSERTS = 100;
/** What durable posts are to reach, or half of a bare route's rate, whichever is less, 1/s. */
const WANTED = 4_000;
const ROUNDS = 3;

/** Posts a second into many channels over REST, on disk before they are acknowledged, beside a bare route. */
export const throughput: FigureSet = {
  name: 'throughput',
  async measure(bench) {
    const { url, token, floors, throughputMs } = bench;
    const seats = [];
    for (let n = 0; n < CHANNELS; n++) seats.push((await plainChannel(bench)).seats[0]);
    const posts = seats.map((seat) => postRequest(url, '/post_message', token, { ...seat, body: 'a word' }));
    const bare = [postRequest(floors.url, '/bare', floors.token, { channel_id: 'chn_a', body: 'a word' })];
    const rates = { bare: [] as number[], posts: [] as number[] };
    const inserts: number[] = [];
    let [cpuMs, count] = [0, 0];
    // Unmeasured, so that both servers have run what they run often.
    await rateOf(floors.url, bare, throughputMs / ROUNDS);
    await rateOf(url, posts, throughputMs / ROUNDS);
    // In turn, so that whatever else the machine does falls on both.
    for (let round = 0; round < ROUNDS; round++) {
      rates.bare.push(await rateOf(floors.url, bare, throughputMs / ROUNDS));
      for (let n = 0; n < INSERTS; n++) inserts.push(await timed(floors.insert));
      const before = bench.serverCpuMs();
      const rate = await rateOf(url, posts, throughputMs / ROUNDS);
      cpuMs += bench.serverCpuMs() - before;
      count += (rate * throughputMs) / ROUNDS / 1_000;
      rates.posts.push(rate);
    }
    const [floorRate, rate] = [median(rates.bare), median(rates.posts)];
    const floor: Floor = { of: 'bare route, as many connections', value: floorRate };
    const limit = Math.min(WANTED, floorRate / 2);
    const target = {
      text: `>= ${Math.round(limit)}/s (${WANTED}, or half of the floor)`,
      value: rate,
      limit,
      met: rate >= limit,
    };
    const name = `durable posts a second, ${CHANNELS} channels, ${CONNECTIONS} connections`;
    return [
      bareFigure('bare insert, between the rounds', summarize(Float64Array.from(inserts))),
      { name, edge: 'REST', unit: '1/s', value: rate, samples: ROUNDS, floor, target },
      { name: 'CPU time of the server for one of them', unit: 'ms', value: cpuMs / count, samples: ROUNDS },
    ];
  },
};

/** Requests a second that so many connections get answered, each one at a time. */
async function rateOf(url: string, requests: readonly Buffer[], ms: number): Promise<number> {
  using stack = new DisposableStack();
  const connections: RawConnection[] = [];
  for (let n = 0; n < CONNECTIONS; n++) connections.push(stack.use(await RawConnection.open(url)));
  let answered = 0;
  let next = 0;
  const start = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() - start < ms) {
        await connection.send(requests[next++ % requests.length] as Buffer);
        answered++;
      }
    }),
  );
  return (answered * 1_000) / (performance.now() - start);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
