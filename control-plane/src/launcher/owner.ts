import { readFile, readlink } from 'node:fs/promises';

/** What another process can tell of a container's owner. `unknown`: it lives, or lived, where we cannot look. */
export type OwnerState = 'alive' | 'dead' | 'unknown';

const UNREADABLE = '-';

/**
 * Names this process so that another one can tell whether it still lives:
 * `<boot id>/<pid namespace>/<pid>/<start time in clock ticks>`.
 */
export async function ownerLabel(): Promise<string> {
  const started = await startTime(process.pid);
  return [await bootId(), await pidNamespace(), process.pid, started ?? UNREADABLE].join('/');
}

/**
 * Judges an owner label. Only within the same boot and the same pid namespace does the pid tell
 * anything; its start time tells a reused pid from the owner.
 */
export async function ownerState(label: string): Promise<OwnerState> {
  const [boot, namespace, pid, started] = label.split('/');
  if (!pid || !/^\d+$/.test(pid) || !started || started === UNREADABLE) return 'unknown';
  if (boot !== (await bootId()) || namespace !== (await pidNamespace())) return 'unknown';
  return (await startTime(Number(pid))) === started ? 'alive' : 'dead';
}

async function bootId(): Promise<string> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => UNREADABLE);
  return text.trim();
}

async function pidNamespace(): Promise<string> {
  const link = await readlink('/proc/self/ns/pid').catch(() => UNREADABLE);
  return link.replace(/\D/g, '') || UNREADABLE;
}

/** Field 22 of /proc/<pid>/stat (proc(5)); the name before it may hold spaces and brackets. */
async function startTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  const state = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended: it only waits for its parent.
  return state && state[0] !== 'Z' ? state[19] : undefined;
}
