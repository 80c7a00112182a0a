import { setTimeout as pause } from 'node:timers/promises';
import { MongoStore } from '../../../control-plane/src/storage/mongo/store.ts';
import type { SeededRandom } from '../../../bench/mix/random.ts';
import { containersOf } from '../../support/containers.ts';
import type { Service } from '../../support/service.ts';
import { startSeveral } from '../../support/several.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import type { Fleet, Harm } from './fleet.ts';
import { type Member, serverHarms } from './harms.ts';

const LEASE_MS = 5_000;
const LONGEST_PAUSE_MS = 3 * LEASE_MS;
const LONGEST_OUTAGE_MS = 3_000;

/** Several servers over one MongoDB, woken by Redis, each behind proxies that can fail. */
export async function startMany(env: NodeJS.ProcessEnv, count: number): Promise<Fleet> {
  await using stack = new AsyncDisposableStack();
  const proxies: TcpProxy[] = [];
  const through = async (urls: { mongodb: string; redis: string }) => {
    const behind = async (url: string) => {
      const target = new URL(url);
      const proxy = stack.use(await TcpProxy.start(Number(target.port)));
      proxies.push(proxy);
      target.port = String(proxy.port);
      return target.href;
    };
    return { MONGODB_URL: await behind(urls.mongodb), REDIS_URL: await behind(urls.redis) };
  };
  const several = stack.use(await startSeveral({ count, leaseMs: LEASE_MS, env, through }));
  const members = several.servers.map(
    (server, number): Member => ({
      server,
      instance: several.instances[number] ?? '',
      restart: () => several.restart(number),
    }),
  );
  const held = stack.move();
  return {
    urls: several.servers.map(({ url }) => url),
    harms: [
      ...serverHarms(members, LONGEST_PAUSE_MS),
      outage('MongoDB', 2, several.mongo),
      outage('Redis', 1, several.redis),
      ...connectionHarms(proxies),
    ],
    async stop() {
      const codes = await Promise.all(members.map(({ server }) => server.stop()));
      const left = await Promise.all(several.instances.map(containersOf));
      return [
        ...left.flat(),
        ...codes.filter((code) => code !== 0).map((code) => `a server ended with ${code}`),
      ];
    },
    async openStore() {
      const store = await MongoStore.open({ url: several.mongodb });
      return { commits: store.commits, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

function outage(name: string, weight: number, service: Service): Harm {
  return {
    name: `${name} killed`,
    weight,
    async inflict(random) {
      await service.kill();
      await pause(random.below(LONGEST_OUTAGE_MS));
      await service.restart();
    },
  };
}

function connectionHarms(proxies: readonly TcpProxy[]): readonly Harm[] {
  return [
    {
      name: 'connections cut',
      weight: 2,
      inflict: async (random: SeededRandom) => random.pick(proxies).cut(),
    },
    {
      name: 'answers lost, then connections cut',
      weight: 2,
      async inflict(random) {
        const proxy = random.pick(proxies);
        proxy.holdAnswers();
        await pause(random.below(1_000));
        proxy.cut();
      },
    },
  ];
}
