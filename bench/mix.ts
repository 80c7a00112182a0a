import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { authorize } from '../clients/typescript/client/oauth.ts';
import { rawImage } from '../tests/sandbox/support/engine.ts';
import { containersOf } from '../tests/support/containers.ts';
import { testEnv } from '../tests/support/server-env.ts';
import { ServerProcess } from '../tests/support/server-process.ts';
import { tempDir } from '../tests/support/temp-dir.ts';
import { rest } from './edges.ts';
import { HttpClient } from './http.ts';
import { countOn } from './mix/honest.ts';
import { type HostileResult, keepAttacking } from './mix/hostile.ts';
import { zombiesOf } from './mix/machine.ts';
import { type MemorySample, MemoryWatch } from './mix/memory.ts';
import { SeededRandom } from './mix/random.ts';
import { straysOf } from './mix/strays.ts';
import { machine } from './report.ts';
import { runnerImage } from './runner-image.ts';

const HONEST = 6;
const HOSTILE = 3;
const MINUTE_MS = 60_000;
const SERVER_GROWTH_MB = 32;
const SETTINGS = { LOOP_GUARD_PER_MINUTE: '1000000', LOOP_GUARD_BURST: '1000000', HOOK_WALL_MS: '2000' };

const USAGE = `Usage: npm run mix -- [options]

A random mix of hostile and honest bots on one server of its own. Ends with 1 where an honest reply was
lost, or anything was left behind.

Options
  --minutes <n>   how long, 20 unless told
  --seed <n>      repeats the choices of another run; printed in the result`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(USAGE);
else {
  const seed = values.seed === undefined ? randomInt(2 ** 32) : Number(values.seed);
  const result = await mix(Number(values.minutes), seed);
  console.log(JSON.stringify(result, null, 2));
  if (result.broken.length > 0) process.exitCode = 1;
}

async function mix(minutes: number, seed: number) {
  runnerImage();
  console.error(`mixing for ${minutes} minutes, seed ${seed} …`);
  await using data = await tempDir();
  const env = testEnv(data.path, { ...SETTINGS, RUNNER_IMAGE: await rawImage() });
  await using server = await ServerProcess.start(env);
  using honest = new HttpClient(server.url, await authorize(server.url, 'Honest'));
  using hostile = new HttpClient(server.url, await authorize(server.url, 'Hostile'));
  const random = new SeededRandom(seed);
  const branch = () => new SeededRandom(random.below(2 ** 32));
  await countOn(rest(honest), branch(), performance.now() + 2_000);
  const memory = new MemoryWatch(server.pid, server.url);
  const until = performance.now() + minutes * MINUTE_MS;
  const [counted, attacked] = await Promise.all([
    Promise.all(Array.from({ length: HONEST }, () => countOn(rest(honest), branch(), until))),
    Promise.all(Array.from({ length: HOSTILE }, () => keepAttacking(rest(hostile), branch(), until))),
  ]);
  const hooks = await hooksOf(server.url);
  const server_mb = await memory.stop();
  const strays = await straysOf(server.url, env.INSTANCE_ID);
  const zombies = zombiesOf([server.pid, server.launcherPid]);
  await server.stop();
  const containers = (await containersOf(env.INSTANCE_ID)).length;
  const times = Float64Array.from(counted.flatMap((one) => one.times)).sort();
  const figures = {
    hooks,
    honest: {
      posts: sum(counted.map(({ posts }) => posts)),
      lost: sum(counted.map(({ lost }) => lost)),
      p50_ms: at(times, 0.5),
      p99_ms: at(times, 0.99),
      slowest_ms: times.at(-1) ?? null,
    },
    hostile: together(attacked),
    left: { strays, containers, zombies },
    server_mb,
  };
  return { seed, minutes, machine: machine(), settings: SETTINGS, ...figures, broken: brokenOf(figures) };
}

function brokenOf(figures: {
  honest: { posts: number; lost: number };
  left: { strays: number; containers: number; zombies: number };
  server_mb: readonly MemorySample[];
}): string[] {
  const { honest, left, server_mb: memory } = figures;
  return [
    ...(honest.posts > 0 ? [] : ['no honest post']),
    ...(honest.lost === 0 ? [] : ['honest replies lost']),
    ...(left.strays === 0 ? [] : ['containers that the server does not know of']),
    ...(left.containers === 0 ? [] : ['containers left']),
    ...(left.zombies === 0 ? [] : ['zombies left']),
    ...(grown(memory) < SERVER_GROWTH_MB ? [] : [`the server's heap grew by over ${SERVER_GROWTH_MB} MB`]),
  ];
}

/** How far the least heap of the last third lies over that of the first, MB: what is collected in between does not count. */
function grown(samples: readonly MemorySample[]): number {
  const third = Math.ceil(samples.length / 3);
  const least = (part: readonly MemorySample[]) => Math.min(...part.map(({ heap }) => heap));
  return least(samples.slice(-third)) - least(samples.slice(0, third));
}

/** Hooks that ran, by outcome, from the operator's metrics. */
async function hooksOf(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.matchAll(/^hook_duration_seconds_count\{outcome="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, outcome = '', count]) => [outcome, Number(count)]));
}

function together(results: readonly HostileResult[]) {
  const merged = (part: 'kills' | 'refused') => {
    const all: Record<string, number> = {};
    for (const result of results)
      for (const [name, count] of Object.entries(result[part])) all[name] = (all[name] ?? 0) + count;
    return all;
  };
  return {
    channels: sum(results.map(({ channels }) => channels)),
    attacks: sum(results.map(({ attacks }) => attacks)),
    kills: merged('kills'),
    refused: merged('refused'),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function at(sorted: Float64Array, share: number): number | null {
  return sorted[Math.floor(sorted.length * share)] ?? null;
}
