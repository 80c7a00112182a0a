import { setTimeout as pause } from 'node:timers/promises';
import Docker from 'dockerode';
import type { SeededRandom } from '../../../bench/mix/random.ts';
import type { ServerProcess } from '../../support/server-process.ts';
import type { Harm } from './fleet.ts';

/** One server of a fleet, whose process changes with each restart. */
export interface Member {
  server: ServerProcess;
  readonly instance: string;
  restart(): Promise<ServerProcess>;
}

/** What can happen to a server and to what it started. */
export function serverHarms(members: readonly Member[], pauseMs: number): readonly Harm[] {
  const harm = (
    name: string,
    weight: number,
    inflict: (member: Member, random: SeededRandom) => Promise<void>,
  ) => ({
    name,
    weight,
    inflict: (random: SeededRandom) => inflict(random.pick(members), random),
  });
  return [
    harm('server and launcher killed', 3, async (member) => {
      await member.server.kill();
      member.server = await member.restart();
    }),
    harm('server killed', 3, async (member) => {
      await member.server.kill('server');
      member.server = await member.restart();
    }),
    harm('launcher killed', 2, async ({ server }) => {
      await server.killLauncher();
      await server.startLauncher();
    }),
    harm('server stopped', 2, async (member) => {
      await member.server.stop();
      member.server = await member.restart();
    }),
    harm('server paused', 2, async ({ server }, random) => {
      process.kill(server.pid, 'SIGSTOP');
      await pause(random.below(pauseMs));
      process.kill(server.pid, 'SIGCONT');
    }),
    harm('container killed', 3, async ({ instance }, random) => {
      const docker = new Docker();
      const label = [`mcp-multiplayer.instance=${instance}`];
      const found = await docker.listContainers({ filters: { label } });
      if (found.length === 0) return;
      const container = docker.getContainer(random.pick(found).Id);
      // It may be gone by itself by now.
      await container.kill({ signal: 'SIGKILL' }).catch(() => undefined);
    }),
  ];
}
