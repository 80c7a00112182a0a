import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { vi } from 'vitest';
import { docker } from '../../sandbox/support/engine.ts';

const MB = 2 ** 20;

/** What a container holds of the machine. */
export interface Held {
  /** Processes in it, as the host's ps sees them. */
  readonly processes: number;
  readonly zombies: number;
  /** Memory of its processes and its workspace, MB: what the kernel may not simply drop. */
  readonly memoryMb: number;
}

/** Where control groups of containers are: versions 1 and 2, by cgroupfs and by systemd. */
const GROUPS = (id: string) => [
  `/sys/fs/cgroup/memory/docker/${id}`,
  `/sys/fs/cgroup/pids/docker/${id}`,
  `/sys/fs/cgroup/docker/${id}`,
  `/sys/fs/cgroup/system.slice/docker-${id}.scope`,
];

/** For how long PID 1 may have a dead child that it has not waited for, ms: it has to be given the processor first. */
const REAPED_MS = 5_000;

/** What a container holds once its dead are waited for, or still are not. */
export async function heldBy(id: string): Promise<Held> {
  const withoutZombies = async () => {
    const held = await lookAt(id);
    if (held.zombies > 0) throw new Error('PID 1 has not waited for its dead.');
    return held;
  };
  return vi.waitFor(withoutZombies, { timeout: REAPED_MS, interval: 200 }).catch(() => lookAt(id));
}

/** Looks at a running container from outside. */
async function lookAt(id: string): Promise<Held> {
  const { Processes } = await docker.getContainer(id).top({ ps_args: '-eo pid,stat,comm' });
  return {
    processes: Processes.length,
    zombies: Processes.filter(([, state]: string[]) => state?.startsWith('Z')).length,
    memoryMb: memoryOf(id),
  };
}

function memoryOf(id: string): number {
  const text = GROUPS(id)
    .map((group) => textOf(`${group}/memory.stat`))
    .join('');
  // Version 1 of control groups counts those below in `total_…`, version 2 always.
  const count = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  return (count('inactive_anon') + count('active_anon')) / MB;
}

/** True while a process of a running container runs, or waits for its share of the processor. */
export function busy(id: string): boolean {
  return processesOf(id).some((pid) => / R /.test(textOf(`/proc/${pid}/stat`).replace(/^.*\)/, '')));
}

/** All that is still there of a container that was removed: the container, its processes, its groups, its mounts. */
export async function leftOf(id: string): Promise<string[]> {
  const listed = await docker.listContainers({ all: true, filters: { id: [id] } });
  return [
    ...listed.map(({ Names }) => `container ${Names.join()}`),
    ...processesOf(id).map((pid) => `process ${pid}`),
    ...GROUPS(id).filter(existsSync),
    ...(readFileSync('/proc/self/mountinfo', 'utf8').includes(id) ? ['a mount'] : []),
  ];
}

/** Processes of this machine, zombies too, in a container's control groups. */
export function processesOf(id: string): string[] {
  return readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && textOf(`/proc/${name}/cgroup`).includes(id),
  );
}

/** A process may end while it is looked at. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** What a process holds in memory, MB (proc(5), VmRSS). */
export function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? Number.NaN) / 1024;
}
