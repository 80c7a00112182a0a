import { authorize } from '../../clients/typescript/client/oauth.ts';
import { testEnv } from '../../tests/support/server-env.ts';
import { ServerProcess } from '../../tests/support/server-process.ts';
import { tempDir } from '../../tests/support/temp-dir.ts';
import type { FigureSet } from '../bench.ts';
import { type Channel, say, seatTwo } from '../channels.ts';
import { type Call, rest } from '../edges.ts';
import { under } from '../figure.ts';
import { HttpClient } from '../http.ts';

const AT_ONCE = 20;
const WITH_BOTS = 100;
const LIMIT_MS = 3_000;
const RAISED = { LOOP_GUARD_PER_MINUTE: '1000000', LOOP_GUARD_BURST: '1000000', LOG_LEVEL: 'fatal' };
const BOT =
  'class Bot:\n    def __init__(self, ctx, params):\n        self.ctx = ctx\n    def on_message(self, msg):\n        self.ctx.post("seen", {"of": msg["id"]})\n';

/** From the start of the server's process until it listens, with many channels in its store, some with hooks to run. */
export const starting: FigureSet = {
  name: 'starting',
  async measure(bench) {
    const count = bench.quick ? 1_000 : 10_000;
    await using data = await tempDir();
    const env = testEnv(data.path, RAISED);
    const empty = await startTime(env);
    bench.say(`filling a store with ${count} channels`);
    await fill(env, count, bench.quick ? 10 : WITH_BOTS);
    const times: number[] = [];
    for (let n = 0; n < 5; n++) times.push(await startTime(env));
    const value = times.toSorted((a, b) => a - b)[2] ?? Number.NaN;
    const name = `start with ${count.toLocaleString('en')} channels, some with hooks to run`;
    const floor = { of: 'start with an empty store', value: empty };
    return [{ name, unit: 'ms', value, samples: times.length, floor, target: under(value, LIMIT_MS) }];
  },
};

/** ms until the server listens; its launcher is up already. */
async function startTime(env: NodeJS.ProcessEnv): Promise<number> {
  const first = await ServerProcess.start(env);
  const launcher = await first.killServer();
  const start = performance.now();
  await using _second = await ServerProcess.start(env, [], launcher);
  return performance.now() - start;
}

/** Fills the store through the server, which is then killed in the middle of hooks. */
async function fill(env: NodeJS.ProcessEnv, count: number, withBots: number): Promise<void> {
  const server = await ServerProcess.start(env);
  using http = new HttpClient(server.url, await authorize(server.url, 'Bench'));
  const call = rest(http);
  for (let made = 0; made < count; made += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, () => plain(call)));
  const tables: Channel[] = [];
  for (let n = 0; n < withBots; n++)
    tables.push(await seatTwo(call, ['bot:Bot', 'invite:a', 'invite:b'], { bot_code: BOT }));
  const posts = tables.map(({ seats: [seat] }) => call('post_message', { ...seat, body: 'x', wait_ms: 0 }));
  await Promise.all(posts);
  await server.kill();
}

async function plain(call: Call): Promise<void> {
  const { seats } = await seatTwo(call, ['invite:a', 'invite:b']);
  await say(call, seats[0]);
}
