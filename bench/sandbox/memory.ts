import { readFileSync } from 'node:fs';
import type Docker from 'dockerode';

const MB = 2 ** 20;
/** Pages are 4 KiB where this runs (proc(5), statm). */
const PAGE_BYTES = 4096;

/** Memory of each running container of an instance, MB: what its group is charged with, less what the kernel may drop. */
export async function memoryOf(engine: Docker, instance: string): Promise<number[]> {
  const label = [`mcp-multiplayer.instance=${instance}`];
  const listed = await engine.listContainers({ filters: { label } });
  return Promise.all(
    listed.map(async ({ Id }) => {
      const { memory_stats: memory } = await engine.getContainer(Id).stats({ stream: false });
      // `cache` in version 1 of control groups, `inactive_file` in version 2.
      const droppable = memory.stats.total_inactive_file ?? memory.stats.inactive_file ?? 0;
      return (memory.usage - droppable) / MB;
    }),
  );
}

/** What a process holds in memory, MB. */
export function residentMb(pid: number): number {
  const [, resident] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return (Number(resident) * PAGE_BYTES) / MB;
}
