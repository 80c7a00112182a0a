import { readConfig, readLauncherConfig } from '../../control-plane/src/config/config.ts';
import { startLauncher } from '../../control-plane/src/launcher/main.ts';
import { type ReplacedParts, type RunningServer, startServer } from '../../control-plane/src/main.ts';
import { askAdmin } from '../../control-plane/src/operator/ask.ts';
import { testEnv } from './server-env.ts';
import { tempDir } from './temp-dir.ts';

/** The whole server inside the test's own process: store, sandbox, launcher and all. */
export interface TestServer extends AsyncDisposable {
  /** Where it listens, without a trailing slash. */
  readonly url: string;
  /** Label of its containers. */
  readonly instance: string;
  /** What an operator's command answers, as `npm run admin` prints it. */
  admin(...words: readonly string[]): Promise<string>;
}

const SILENT = { info: () => undefined, warn: () => undefined };

/**
 * Starts a server on a free port, with a store, a launcher and containers of its own.
 *
 * @param parts where bots' names lead to, and which addresses of this machine they may reach
 */
export async function startTestServer(
  env: NodeJS.ProcessEnv = {},
  parts: ReplacedParts = {},
): Promise<TestServer> {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await tempDir());
  const all = testEnv(data.path, env);
  stack.use(await startLauncher(readLauncherConfig(all), SILENT));
  const onFatal = (error: Error) => {
    throw error;
  };
  const config = readConfig(all);
  const server: RunningServer = await startServer(config, onFatal, parts);
  stack.use(server);
  const held = stack.move();
  return {
    url: server.address,
    instance: all.INSTANCE_ID,
    admin: (...words) => askAdmin(config.operatorSocket, words),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
