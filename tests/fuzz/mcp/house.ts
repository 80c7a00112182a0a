import { residentMb } from '../../hostile/support/traces.ts';
import { testEnv } from '../../support/server-env.ts';
import { ServerProcess } from '../../support/server-process.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { type KnownChannel, knownChannels } from '../support/channels.ts';
import { metricsOf } from '../support/metrics.ts';
import { HonestPlayer } from './honest.ts';

const MB = 2 ** 20;
const QUIET_MS = 15_000;
const LOOK_MS = 100;

/** Lets the garbage of a server be collected from outside. */
const COLLECTABLE = ['--expose-gc', '--import', 'data:text/javascript,process.on("SIGUSR2",()=>{gc();gc()})'];
const SETTINGS = {
  LOOP_GUARD_PER_MINUTE: '1000000',
  LOOP_GUARD_BURST: '1000000',
  HOOK_WALL_MS: '2000',
  // A container is a pipe and a timer: those of channels that were made on the way are not what is looked for.
  BOT_IDLE_MS: '1000',
};

/** What a server holds when nothing is asked of it. */
export interface Held {
  readonly waiters: number;
  /** Sockets, timers and the like that are open. */
  readonly resources: number;
  /** MB after a collection. */
  readonly heap: number;
  readonly resident: number;
}

/** A server of its own, a channel in which somebody honest posts, and channels to be fuzzed. */
export interface FuzzHouse extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly channels: readonly KnownChannel[];
  readonly honest: HonestPlayer;
  /** Waits until nothing is parked, no bot has a container and no connection is being closed any more, and looks. */
  held(): Promise<Held>;
}

export async function openFuzzHouse(): Promise<FuzzHouse> {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await tempDir());
  const server = stack.use(await ServerProcess.start(testEnv(data.path, SETTINGS), COLLECTABLE));
  const { url, pid } = server;
  const { token, known } = await knownChannels(url, 2, 8);
  const honest = await HonestPlayer.join(url);
  const held = stack.move();
  return {
    url,
    token,
    honest,
    channels: known,
    held: () => look(url, pid),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

async function look(url: string, pid: number): Promise<Held> {
  const deadline = performance.now() + QUIET_MS;
  for (let before = Number.NaN; ; ) {
    process.kill(pid, 'SIGUSR2');
    // The signal is taken before the request that follows it is answered.
    await fetch(`${url}/health`);
    const metrics = await metricsOf(url);
    const waiters = metrics.gauge('waiters');
    const resources = metrics.gauge('nodejs_active_resources_total');
    const quiet = waiters === 0 && metrics.total('containers') === 0 && resources === before;
    if (quiet || performance.now() > deadline) {
      return {
        waiters,
        resources,
        heap: Math.round(metrics.gauge('nodejs_heap_size_used_bytes') / MB),
        resident: Math.round(residentMb(pid)),
      };
    }
    before = resources;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
