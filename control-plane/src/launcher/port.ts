import type { Duplex } from 'node:stream';

/** What a container may use; everything else about it is fixed by the launcher. */
export interface ContainerLimits {
  /** Memory that a hook may use, bytes; the workspace comes on top. */
  readonly memoryBytes: number;
  /** Processes and threads beside PID 1. */
  readonly processes: number;
}

/** A container that runs, with the only way into it. */
export interface StartedContainer {
  readonly id: string;
  readonly name: string;
  /** `sha256:…` of its image. */
  readonly runtimeDigest: string;
  /**
   * The engine's attach stream, both ways: written bytes are PID 1's standard input, read ones are
   * its outputs with the engine's 8 byte headers. Its end is the end of the container.
   */
  readonly pipe: Duplex;
}

/** What all containers of a launcher have in common. */
export interface LauncherAbout {
  /** `sha256:…` of the runner image. */
  readonly runtimeDigest: string;
  /** The OCI runtime: `runc`, or `runsc` for gVisor. */
  readonly runtime: string;
  /** The processor's share of one container. */
  readonly cpu: { readonly quotaUs: number; readonly periodUs: number; readonly shares: number };
}

/** What a launcher refuses with; `away` is said by its client alone. */
export type LauncherErrorCode =
  | 'bad_request'
  | 'unknown_container'
  | 'full'
  | 'engine_silent'
  | 'no_image'
  | 'engine'
  | 'away';

/** What a launcher could not do, in one sentence of its own. */
export class LauncherError extends Error {
  override readonly name: string = 'LauncherError';
  readonly code: LauncherErrorCode;

  constructor(code: LauncherErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Nobody listens on the launcher's socket, or who did is gone: ask again, another one will come. */
export class LauncherAwayError extends LauncherError {
  override readonly name = 'LauncherAwayError';

  constructor(message: string, options?: ErrorOptions) {
    super('away', message, options);
  }
}

/**
 * Makes and removes bots' containers: the only part of the program that talks to the container
 * engine. Every call has a time limit.
 */
export interface Launcher {
  /** @throws if the engine or the image is not there */
  about(): Promise<LauncherAbout>;
  /** Makes and starts a blank container; leaves nothing behind if that fails. */
  start(limits: ContainerLimits): Promise<StartedContainer>;
  /** True if the kernel ended the container's first process for want of memory; false where that cannot be told. */
  ranOutOfMemory(id: string): Promise<boolean>;
  /** Kills and removes; a container that is gone is a success. Destroy its pipe first. */
  remove(id: string): Promise<void>;
  /** Removes what is left of this launcher's containers. */
  close(): Promise<void>;
}
