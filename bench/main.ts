import { parseArgs } from 'node:util';
import Docker from 'dockerode';
import { authorize } from '../clients/typescript/client/oauth.ts';
import { NO_LIMITS, testEnv } from '../tests/support/server-env.ts';
import { ServerProcess } from '../tests/support/server-process.ts';
import { tempDir } from '../tests/support/temp-dir.ts';
import type { Bench, FigureSet } from './bench.ts';
import { mcp, rest } from './edges.ts';
import type { Figure } from './figure.ts';
import { agents } from './figures/agents.ts';
import { crowd } from './figures/crowd.ts';
import { claim } from './figures/claim.ts';
import { cold } from './figures/cold.ts';
import { eight } from './figures/eight.ts';
import { fifty } from './figures/fifty.ts';
import { flood } from './figures/flood.ts';
import { hook } from './figures/hook.ts';
import { neighbour } from './figures/neighbour.ts';
import { nodes } from './figures/nodes.ts';
import { parked } from './figures/parked.ts';
import { post } from './figures/post.ts';
import { starting } from './figures/starting.ts';
import { throughput } from './figures/throughput.ts';
import { verdict } from './figures/verdict.ts';
import { wake } from './figures/wake.ts';
import { startFloors } from './floors/floors.ts';
import { HttpClient } from './http.ts';
import { limitsOf } from './load/limits.ts';
import { cpuMsOf } from './cpu-time.ts';
import { machine, type Report, table } from './report.ts';
import { runnerImage } from './runner-image.ts';

/** Every set of figures, in the order in which they are measured. */
const SETS: readonly FigureSet[] = [
  post,
  throughput,
  wake,
  verdict,
  eight,
  cold,
  hook,
  claim,
  fifty,
  flood,
  neighbour,
  parked,
  agents,
  crowd,
  nodes,
  starting,
];

/** Blank containers as a server has them unless told; room for those that the figures add. */
const SANDBOX = { POOL_SIZE: '4', MAX_CONTAINERS: '128' };
const LOOP_GUARD = { LOOP_GUARD_PER_MINUTE: '1000000', LOOP_GUARD_BURST: '1000000' };

const USAGE = `Usage: npm run bench -- [options]

Measures a server of its own, in a process of its own, beside the floors of each figure.

Options
  --quick           a tenth of the samples, and 1,000 entries where it says 10,000 or 100,000
  --json            print JSON only
  --only <name>     measure this set only: ${SETS.map(({ name }) => name).join(', ')}
  --profile <dir>   write a CPU profile of the server into this directory`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(USAGE);
else {
  const report = await run();
  if (!values.json) console.log(table(report));
  console.log(JSON.stringify(report, null, values.json ? 2 : 0));
}

async function run(): Promise<Report> {
  const on = machine();
  const image = runnerImage();
  await using data = await tempDir();
  const env = testEnv(data.path, { ...LOOP_GUARD, ...SANDBOX });
  const nodeArgs = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  await using server = await ServerProcess.start(env, nodeArgs);
  const token = await authorize(server.url, 'Bench');
  using restClient = new HttpClient(server.url, token);
  using mcpClient = new HttpClient(server.url, token);
  const socketPath = (process.env['DOCKER_HOST'] ?? '/var/run/docker.sock').replace(/^unix:\/\//, '');
  const engine = new Docker({ socketPath });
  await using floors = await startFloors({
    directory: data.path,
    socketPath,
    image,
    instance: `${env.INSTANCE_ID}-floor`,
  });
  const bench: Bench = {
    calls: { REST: rest(restClient), MCP: mcp(mcpClient) },
    url: server.url,
    token,
    floors,
    containers: floors.containers,
    engine,
    runnerImage: image,
    instance: env.INSTANCE_ID,
    launcherSocket: server.launcherSocket,
    quick: values.quick,
    samples: values.quick ? 60 : 600,
    manyEntries: values.quick ? 1_000 : 10_000,
    longEntries: values.quick ? 1_000 : 100_000,
    throughputMs: values.quick ? 2_000 : 10_000,
    serverCpuMs: () => cpuMsOf(server.pid),
    say: (line) => console.error(line),
  };
  const figures = await measure(bench);
  const { cpuShare, cpuShares } = floors.containers;
  const settings = {
    ...LOOP_GUARD,
    ...NO_LIMITS,
    ...SANDBOX,
    cores_for_a_bot: cpuShare,
    cpu_shares_of_a_bot: cpuShares,
    ...limitsOf('self'),
    samples: bench.samples,
  };
  return { machine: on, settings, figures };
}

async function measure(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const set of SETS) {
    if (values.only !== undefined && values.only !== set.name) continue;
    bench.say(`measuring ${set.name} …`);
    figures.push(...(await set.measure(bench)));
  }
  return figures;
}
