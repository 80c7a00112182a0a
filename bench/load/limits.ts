import { readFileSync } from 'node:fs';

/** How many descriptors a process may have open here; unlimited where the system does not tell. */
export function descriptors(): number {
  return read('/proc/self/limits', /^Max open files\s+(\d+)/m);
}

/** The longest queue of connections that wait to be accepted, whatever a server asks for. */
export function longestBacklog(): number {
  return read('/proc/sys/net/core/somaxconn', /^(\d+)/);
}

function read(path: string, pattern: RegExp): number {
  try {
    return Number(pattern.exec(readFileSync(path, 'utf8'))?.[1] ?? Infinity);
  } catch {
    return Infinity;
  }
}
