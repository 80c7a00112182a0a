import { setTimeout as pause } from 'node:timers/promises';
import { authorize } from '../../clients/typescript/client/oauth.ts';
import { MONGO_HERE } from '../../tests/support/mongo.ts';
import { REDIS_HERE } from '../../tests/support/redis.ts';
import { startSeveral } from '../../tests/support/several.ts';
import type { FigureSet } from '../bench.ts';
import { type Channel, say, seatTwo } from '../channels.ts';
import { rest } from '../edges.ts';
import { bare, type Figure, under } from '../figure.ts';
import { HttpClient } from '../http.ts';
import { connectMany } from '../load/parked.ts';
import { summarize } from '../sampling.ts';

const CHANNELS = 100;
/** The store that stands for MongoDB takes its time over so many channels. */
const SETTLE_MS = 10_000;
const LIMIT_MS = 50;

/** From a post at one server until those that wait at another have it: over MongoDB, or what stands for it. */
export const nodes: FigureSet = {
  name: 'nodes',
  async measure(bench) {
    if (!MONGO_HERE || !REDIS_HERE) {
      bench.say(
        'nodes: this machine has no MongoDB or FerretDB, or no Redis, so two servers were not measured',
      );
      return [];
    }
    const env = { LOOP_GUARD_PER_MINUTE: '1000000', LOOP_GUARD_BURST: '1000000' };
    await using several = await startSeveral({ count: 2, leaseMs: 6_000, env });
    const [here, there] = several.servers.map(({ url }) => url) as [string, string];
    const token = await authorize(here, 'Bench');
    using http = new HttpClient(here, token);
    const call = rest(http);
    const channels: Channel[] = [];
    for (let n = 0; n < CHANNELS; n++) channels.push(await seatTwo(call, ['invite:a', 'invite:b']));
    const count = bench.quick ? 100 : 1_000;
    const times = { here: [] as number[], there: [] as number[], post: [] as number[] };
    for (const [where, url] of [
      ['here', here],
      ['there', there],
    ] as const) {
      using stack = new DisposableStack();
      const seats = [];
      for (const {
        seats: [, seat],
      } of channels)
        seats.push({ seat, head: (await call('get_channel_info', seat)).head });
      const clients = await connectMany({ url, token, edge: 'REST' }, seats, count);
      for (const client of clients) stack.use(client);
      const waiting = clients.map((client) => ({ client, answer: client.sync() }));
      await pause(SETTLE_MS);
      for (const channel of channels) {
        const woken = waiting.filter(({ client }) => client.seat.channel_id === channel.seats[1].channel_id);
        const start = performance.now();
        const answers = woken.map(({ answer }) => answer.then(() => performance.now() - start));
        await say(call, channel.seats[0]);
        times.post.push(performance.now() - start);
        times[where].push(...(await Promise.all(answers)));
      }
      for (const { answer } of waiting) answer.catch(() => undefined);
    }
    const posts = summarize(Float64Array.from(times.post));
    const floor = { of: 'the post itself', value: posts.p50 };
    const wakes = (['here', 'there'] as const).map((where): Figure => {
      const { p50: value, p99, count: samples } = summarize(Float64Array.from(times[where]));
      const at = where === 'here' ? 'the same server' : 'another server';
      const name = `post to wake at ${at}, ${count.toLocaleString('en')} syncs parked, over ${MONGO_HERE}`;
      const target = { ...under(p99, LIMIT_MS), text: `p99 < ${LIMIT_MS} ms` };
      return { name, edge: 'REST', unit: 'ms', value, p99, samples, floor, target };
    });
    return [bare(`the post itself, over ${MONGO_HERE}`, posts), ...wakes];
  },
};
