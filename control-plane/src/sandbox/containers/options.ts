import type { Launcher } from '../../launcher/port.ts';

/** As much of a logger as the sandbox needs. */
export interface SandboxLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface ContainerSandboxOptions {
  readonly launcher: Launcher;
  /** A container without a hook for this long is removed, ms. */
  readonly idleMs?: number;
  /** Containers at once; the longest idle one makes room for a new one. */
  readonly maxContainers?: number;
  /** Time limit until a started container's runner answers, ms. */
  readonly startLimitMs?: number;
  readonly log?: SandboxLog;
}

export const DEFAULT_IDLE_MS = 10 * 60 * 1000;
export const DEFAULT_MAX_CONTAINERS = 50;
export const DEFAULT_START_LIMIT_MS = 15_000;
