import { readFileSync } from 'node:fs';

/** What the system allows a server that many come to; Infinity where it does not tell. */
export interface Limits {
  /** Descriptors that the process may have open. */
  readonly openFiles: number;
  /** Connections that may wait to be accepted, whatever the server asks for. */
  readonly backlog: number;
}

export function limitsOf(pid: number | 'self'): Limits {
  return {
    openFiles: read(`/proc/${pid}/limits`, /^Max open files\s+(\d+)/m),
    backlog: read('/proc/sys/net/core/somaxconn', /^(\d+)/),
  };
}

function read(path: string, pattern: RegExp): number {
  try {
    return Number(pattern.exec(readFileSync(path, 'utf8'))?.[1] ?? Infinity);
  } catch {
    return Infinity;
  }
}
