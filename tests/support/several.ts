import { randomHex } from '../../control-plane/src/kernel/hash.ts';
import { startMongo, type TestMongo } from './mongo.ts';
import { startRedis, type TestRedis } from './redis.ts';
import { testEnv } from './server-env.ts';
import { ServerProcess } from './server-process.ts';
import { freePort } from './service.ts';
import { tempDir } from './temp-dir.ts';

/** Servers over one store, each two processes of its own. */
export interface Several extends AsyncDisposable {
  readonly mongo: TestMongo;
  readonly redis: TestRedis;
  readonly servers: ServerProcess[];
  /** Where the store is, past any proxy. */
  readonly mongodb: string;
  /** Labels of the containers of each. */
  readonly instances: readonly string[];
  /** Starts the server of this number again, after it has ended. */
  restart(number: number): Promise<ServerProcess>;
}

export interface SeveralOptions {
  readonly count: number;
  readonly leaseMs: number;
  readonly env?: NodeJS.ProcessEnv;
  /** What the servers are told of where the store and Redis are, e.g. behind a proxy. */
  readonly through?: (urls: { mongodb: string; redis: string }) => Promise<NodeJS.ProcessEnv>;
}

/** Starts MongoDB (or what stands for it), Redis, and servers that share them under one public URL. */
export async function startSeveral(options: SeveralOptions): Promise<Several> {
  await using stack = new AsyncDisposableStack();
  const [mongo, redis] = await Promise.all([startMongo(), startRedis()]);
  stack.use(mongo);
  stack.use(redis);
  const mongodb = mongo.url();
  const key = randomHex(32);
  const ports = await Promise.all(Array.from({ length: options.count }, freePort));
  const envs = await Promise.all(
    ports.map(async (port) => ({
      ...testEnv(stack.use(await tempDir()).path, options.env),
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${ports[0]}`,
      MONGODB_URL: mongodb,
      REDIS_URL: redis.url,
      SERVER_KEY: key,
      LEASE_MS: String(options.leaseMs),
      ...(await options.through?.({ mongodb, redis: redis.url })),
    })),
  );
  const servers: ServerProcess[] = [];
  stack.defer(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });
  for (const env of envs) servers.push(await ServerProcess.start(env));
  const held = stack.move();
  return {
    mongo,
    redis,
    mongodb,
    servers,
    instances: envs.map(({ INSTANCE_ID }) => INSTANCE_ID),
    async restart(number) {
      const server = await ServerProcess.start(envs[number] as NodeJS.ProcessEnv);
      servers[number] = server;
      return server;
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
