import { pino } from 'pino';
import { type LauncherConfig, readLauncherConfig } from '../config/config.ts';
import { systemClock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { refuseTaken } from '../kernel/socket-file.ts';
import { endBySignals, tellReady, untilStopped } from '../supervised.ts';
import { adviceFor } from './advice.ts';
import { openInstance } from './instance.ts';
import { LocalLauncher } from './local.ts';
import { LauncherServer } from './server.ts';
import { socketGroup } from './socket-group.ts';

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
  const { launcherSocket: socketPath, maxContainers, socketGroup: group } = config;
  // Before the sweep: where process ids tell nothing, a living launcher's containers look like a dead one's.
  await refuseTaken(socketPath);
  const instance = await openInstance(config.dataDir, config.instanceId);
  const access = group === undefined ? {} : { socketGroup: await socketGroup(group, socketPath) };
  const launcher = stack.use(
    await LocalLauncher.open({
      socketPath: config.dockerHost.replace(/^unix:\/\//, ''),
      image: config.runnerImage,
      runtime: config.sandboxRuntime,
      instance,
      callTimeoutMs: ENGINE_CALL_MS,
      log,
      clock: systemClock,
    }),
  );
  stack.use(await LauncherServer.listen({ launcher, socketPath, maxContainers, log, ...access }));
  return stack.move();
}

/** Runs the launcher as a process, until a signal ends it. */
async function main(config: LauncherConfig): Promise<void> {
  await using _launcher = await startLauncher(config, pino({ level: config.logLevel }));
  tellReady();
  await untilStopped();
}

if (import.meta.main) {
  endBySignals();
  let config: LauncherConfig | undefined;
  try {
    config = readLauncherConfig(process.env);
    await main(config);
  } catch (error) {
    console.error(adviceFor(error, config) ?? error);
    process.exitCode = 1;
  }
}
