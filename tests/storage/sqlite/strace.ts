import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Makes sure that strace works here, installing it where that is allowed.
 *
 * @returns why it cannot be had, or undefined.
 */
export function missingStrace(): string | undefined {
  const works = () => spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
  if (works()) return undefined;
  try {
    execFileSync('apt-get', ['update', '-q'], { stdio: 'pipe' });
    execFileSync('apt-get', ['install', '-yq', 'strace'], { stdio: 'pipe' });
  } catch (error) {
    return `strace is missing and could not be installed: ${String(error).trim()}`;
  }
  return works() ? undefined : 'strace may not trace processes here';
}

/** Words before a command that write its syncs and outputs to `file`. */
export function straceCommand(file: string): readonly string[] {
  return ['strace', '-f', '-qq', '-e', 'trace=fsync,fdatasync,write', '-e', 'signal=none', '-o', file];
}

/** What a trace of writer.ts shows. */
export interface Syncs {
  readonly acknowledgements: number;
  /** Syncs that had succeeded, from the first acknowledgement's append to the last acknowledgement. */
  readonly syncs: number;
  /** Acknowledgements with no successful sync since the one before. */
  readonly unsynced: number;
}

/** Reads a trace in its order of time. */
export function readSyncs(file: string): Syncs {
  let acknowledgements = 0;
  let syncs = 0;
  let unsynced = 0;
  let sinceLast = -1;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line.includes('write(1, "open\\n"')) sinceLast = 0;
    if (sinceLast < 0) continue;
    // A call that another thread interrupted ends in a line of its own: `<... fdatasync resumed>) = 0`.
    if (/f(data)?sync.*\) += 0$/.test(line)) sinceLast += 1;
    if (!line.includes('write(1, "ack ')) continue;
    acknowledgements += 1;
    if (sinceLast === 0) unsynced += 1;
    syncs += sinceLast;
    sinceLast = 0;
  }
  return { acknowledgements, syncs, unsynced };
}
