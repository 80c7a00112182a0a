import type { Metrics } from '../../kernel/metrics.ts';
import type { ContainerLimits, Launcher } from '../../launcher/port.ts';
import type { Egress } from '../egress-port.ts';

/** As much of a logger as the sandbox needs. */
export interface SandboxLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What the sandbox counts. */
export type SandboxEvents = Pick<Metrics, 'claim' | 'containerStart' | 'kill' | 'outOfMemory'>;

export interface ContainerSandboxOptions {
  readonly launcher: Launcher;
  /** The way out for bots whose manifest has one; without it, there is none. */
  readonly egress?: Egress;
  /** What blank containers are made with: the limits that most bots have. */
  readonly limits: ContainerLimits;
  /** Blank containers kept ready for new bots. */
  readonly poolSize?: number;
  /** Blank containers started a second at most. */
  readonly poolRefillPerS?: number;
  /** A container without a hook for this long is removed, ms. */
  readonly idleMs?: number;
  /** Containers at once; idle ones make room for new ones. */
  readonly maxContainers?: number;
  /** How long a bot waits for its turn when all containers are at work, ms. */
  readonly capacityWaitMs?: number;
  /** Time limit until a started container's runner answers, ms. */
  readonly startLimitMs?: number;
  readonly log?: SandboxLog;
  readonly events?: Partial<SandboxEvents>;
}

export const DEFAULTS = {
  poolSize: 0,
  poolRefillPerS: 4,
  idleMs: 10 * 60 * 1000,
  maxContainers: 50,
  capacityWaitMs: 5_000,
  startLimitMs: 15_000,
} as const;

export const SILENT: SandboxLog = { info: () => undefined, warn: () => undefined };
