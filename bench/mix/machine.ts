import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly zombie: boolean;
  /** Its control groups, as text. */
  readonly groups: string;
}

/**
 * Ended processes that nobody took: children of the given ones, and any in a container's control group.
 *
 * @param parents process ids
 */
export function zombiesOf(parents: readonly number[]): number {
  return processes().filter(
    ({ zombie, parent, groups }) => zombie && (parents.includes(parent) || /\/docker[/-]/.test(groups)),
  ).length;
}

function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        // The name before may hold spaces and brackets (proc(5)).
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
        return [{ pid: Number(pid), parent: Number(parent), zombie: state === 'Z', groups }];
      } catch {
        return [];
      }
    });
}
