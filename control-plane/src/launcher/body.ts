import type { ContainerCreateOptions } from 'dockerode';
import type { ContainerLimits } from './port.ts';
import { SECCOMP_PROFILE } from './seccomp/profile.ts';

const MB = 1024 * 1024;
/** The tmpfs is charged to the container's memory, so it comes on top of what a hook may use. */
const WORKSPACE_BYTES = 100 * MB;
const OPEN_FILES = 256;
/**
 * Half a core, over a period long enough that the runner's start (some 100 ms of CPU) and a quick hook
 * are not cut in the middle; a bot that burns its share stops for 250 ms at most.
 */
export const CPU = { quotaUs: 250_000, periodUs: 500_000, shares: 128 };

/** What the engine runs containers with where nothing else is asked for. */
export const DEFAULT_RUNTIME = 'runc';

/** A kernel in user space is charged to the container as well: its memory, and its threads. */
const OTHER_RUNTIME = { memoryBytes: 64 * MB, processes: 192 };

export const LABEL_INSTANCE = 'mcp-multiplayer.instance';
export const LABEL_OWNER = 'mcp-multiplayer.owner';

/** All that varies between containers; everything else about them is fixed here. */
export interface ContainerRequest {
  readonly name: string;
  /** `sha256:…` of the image. */
  readonly image: string;
  readonly instance: string;
  readonly owner: string;
  /** User and group of everything in the container. */
  readonly user: number;
  readonly limits: ContainerLimits;
  /** A seccomp profile as JSON text; our own where none is given. */
  readonly seccomp?: string;
  /** An OCI runtime that the engine knows; its own where none is given. */
  readonly runtime?: string;
}

/**
 * The engine's request for a bot's container: no network, no mount, no capability, a read-only
 * root, and limits on memory, processes, CPU and files.
 */
export function containerBody(request: ContainerRequest): ContainerCreateOptions {
  const other = request.runtime !== undefined && request.runtime !== DEFAULT_RUNTIME;
  const own = other ? OTHER_RUNTIME : { memoryBytes: 0, processes: 0 };
  const memory = request.limits.memoryBytes + WORKSPACE_BYTES + own.memoryBytes;
  return {
    name: request.name,
    Image: request.image,
    Hostname: 'bot',
    User: `${request.user}:${request.user}`,
    Tty: false,
    OpenStdin: true,
    // The end of our attachment is the end of the runner's stdin, and with it of the container.
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    NetworkDisabled: true,
    Labels: { [LABEL_INSTANCE]: request.instance, [LABEL_OWNER]: request.owner },
    HostConfig: {
      ...(other ? { Runtime: request.runtime } : {}),
      NetworkMode: 'none',
      IpcMode: 'none',
      ReadonlyRootfs: true,
      Privileged: false,
      Init: false,
      AutoRemove: false,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges', `seccomp=${request.seccomp ?? SECCOMP_PROFILE}`],
      Tmpfs: {
        '/workspace': `rw,noexec,nosuid,nodev,size=${WORKSPACE_BYTES},nr_inodes=4096,mode=0700,uid=${request.user},gid=${request.user}`,
      },
      LogConfig: { Type: 'none', Config: {} },
      Memory: memory,
      MemorySwap: memory,
      PidsLimit: request.limits.processes + 1 + own.processes,
      CpuPeriod: CPU.periodUs,
      CpuQuota: CPU.quotaUs,
      CpuShares: CPU.shares,
      Ulimits: [
        { Name: 'nofile', Soft: OPEN_FILES, Hard: OPEN_FILES },
        { Name: 'fsize', Soft: WORKSPACE_BYTES, Hard: WORKSPACE_BYTES },
        { Name: 'core', Soft: 0, Hard: 0 },
        { Name: 'memlock', Soft: 0, Hard: 0 },
        { Name: 'msgqueue', Soft: 0, Hard: 0 },
        { Name: 'sigpending', Soft: 256, Hard: 256 },
      ],
      // System V and POSIX IPC objects would outlive the process that made them.
      Sysctls: {
        'kernel.shmmni': '0',
        'kernel.msgmni': '0',
        'kernel.sem': '0 0 0 0',
        'fs.mqueue.queues_max': '0',
      },
    },
  };
}
