import type { Clock } from '../../kernel/clock.ts';

/** As much of a logger as the sandbox needs. */
export interface SandboxLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface DockerSandboxOptions {
  /** Path of the engine's unix socket. */
  readonly socketPath: string;
  /** Name, tag or digest of the runner image; it must be on this machine. */
  readonly image: string;
  /** Names this server among those that share the engine; the same again after a restart. */
  readonly instance: string;
  /** A container without a hook for this long is removed, ms. */
  readonly idleMs?: number;
  /** Containers at once; the longest idle one makes room for a new one. */
  readonly maxContainers?: number;
  /** Time limit of each call to the engine, ms. */
  readonly callTimeoutMs?: number;
  /** A seccomp profile as JSON text; the engine's own where none is given. */
  readonly seccomp?: string;
  readonly log?: SandboxLog;
  readonly clock: Clock;
}

export const DEFAULT_IDLE_MS = 10 * 60 * 1000;
export const DEFAULT_MAX_CONTAINERS = 50;
export const DEFAULT_CALL_TIMEOUT_MS = 15_000;
