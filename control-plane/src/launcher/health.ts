/** Ends with 0 where the launcher in this container can start bots: what the engine asks now and then. */
import { readLauncherConfig } from '../config/config.ts';
import { LauncherClient } from './client.ts';

const { launcherSocket: socketPath } = readLauncherConfig(process.env);
await new LauncherClient({ socketPath, answerLimitMs: 4000 }).about();
