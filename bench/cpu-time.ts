import { readFileSync } from 'node:fs';

/** Kernel ticks are 10 ms to everyone who reads them (proc(5), USER_HZ). */
const TICK_MS = 10;

/** CPU time that a process has used, in user and system mode, ms; NaN where there is no /proc. */
export function cpuMsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields 14 and 15; the name before them may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return NaN;
  }
}
