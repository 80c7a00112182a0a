import { type Client, connect } from '../../e2e/support/edges.ts';
import { containersOf } from '../../support/containers.ts';
import { testEnv } from '../../support/server-env.ts';
import { ServerProcess } from '../../support/server-process.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { rawImage } from '../../sandbox/support/engine.ts';
import { Neighbour } from './neighbour.ts';
import { RAW_ECHO } from './raw-bot.ts';
import type { Bot } from './seat.ts';

/** A server in a process of its own, its hostile user, and somebody who minds his own business there. */
export interface World extends AsyncDisposable {
  readonly url: string;
  /** Process id of the server. */
  readonly pid: number;
  readonly instance: string;
  readonly client: Client;
  readonly neighbour: Neighbour;
  /** Ends the server, and answers what containers it left. */
  stop(): Promise<string[]>;
}

const SETTINGS = { LOOP_GUARD_PER_MINUTE: '1000000', LOOP_GUARD_BURST: '1000000' };

/** A server on the image without a language policy. @param env settings beside the usual ones */
export async function openRawWorld(env: NodeJS.ProcessEnv = {}): Promise<World> {
  return openWorld({ RUNNER_IMAGE: await rawImage(), ...env }, { bot_code: RAW_ECHO });
}

/** @param env settings beside the usual ones @param honest the neighbour's bot */
export async function openWorld(
  env: NodeJS.ProcessEnv = {},
  honest: Bot = { bot_preset: 'EchoBot' },
): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await tempDir());
  const all = testEnv(data.path, { ...SETTINGS, ...env });
  const server = stack.use(await ServerProcess.start(all));
  const client = stack.use(await connect('REST', server.url, 'Mallory'));
  const neighbour = stack.use(await Neighbour.open(await connect('REST', server.url, 'Neighbour'), honest));
  const held = stack.move();
  const close = () => held.disposeAsync();
  return {
    url: server.url,
    pid: server.pid,
    instance: all.INSTANCE_ID,
    client,
    neighbour,
    async stop() {
      await close();
      return containersOf(all.INSTANCE_ID);
    },
    [Symbol.asyncDispose]: close,
  };
}
