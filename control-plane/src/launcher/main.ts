import { pino } from 'pino';
import { type LauncherConfig, readLauncherConfig } from '../config/config.ts';
import { systemClock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { tellReady, untilStopped } from '../supervised.ts';
import { adviceFor } from './advice.ts';
import { openInstance } from './instance.ts';
import { LocalLauncher } from './local.ts';
import { LauncherServer } from './server.ts';

const ENGINE_CALL_MS = 15_000;

/**
 * Opens the engine, removes what dead launchers left, and listens. Disposing of it removes the
 * containers that it made.
 */
export async function startLauncher(
  config: LauncherConfig,
  log: Pick<Logger, 'info' | 'warn'>,
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const launcher = stack.use(
    await LocalLauncher.open({
      socketPath: config.dockerHost.replace(/^unix:\/\//, ''),
      image: config.runnerImage,
      runtime: config.sandboxRuntime,
      instance: await openInstance(config.dataDir, config.instanceId),
      callTimeoutMs: ENGINE_CALL_MS,
      log,
      clock: systemClock,
    }),
  );
  const { launcherSocket: socketPath, maxContainers } = config;
  stack.use(await LauncherServer.listen({ launcher, socketPath, maxContainers, log }));
  return stack.move();
}

/** Runs the launcher as a process, until a signal ends it. */
async function main(config: LauncherConfig): Promise<void> {
  await using _launcher = await startLauncher(config, pino({ level: config.logLevel }));
  tellReady();
  await untilStopped();
}

if (import.meta.main) {
  let config: LauncherConfig | undefined;
  try {
    config = readLauncherConfig(process.env);
    await main(config);
  } catch (error) {
    console.error(adviceFor(error, config) ?? error);
    process.exitCode = 1;
  }
}
