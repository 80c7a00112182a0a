import { randomBytes } from 'node:crypto';
import { type Duplex, duplexPair } from 'node:stream';
import type {
  ContainerLimits,
  Launcher,
  LauncherAbout,
  StartedContainer,
} from '../../../control-plane/src/launcher/port.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

/** A container without an engine: the test is at the other end of its pipe. */
export interface FakeContainer {
  readonly id: string;
  readonly limits: ContainerLimits;
  readonly inside: Duplex;
  /** Closed when it was removed. */
  readonly pipe: Duplex;
  outOfMemory: boolean;
}

/** A launcher whose containers are streams, and whose starts wait as long as a test wants. */
export class FakeLauncher implements Launcher {
  readonly containers = new Map<string, FakeContainer>();
  /** All that were ever started. */
  readonly started: FakeContainer[] = [];
  /** What a start waits for. */
  gate: Promise<void> = Promise.resolve();
  starting = 0;
  failure: Error | undefined;
  /** While set, removals fail with it. */
  removalFailure: Error | undefined;

  async about(): Promise<LauncherAbout> {
    if (this.failure) throw this.failure;
    const cpu = { quotaUs: 1, periodUs: 2, shares: 3 };
    return { runtimeDigest: DIGEST, runtime: 'runc', cpu };
  }

  async start(limits: ContainerLimits): Promise<StartedContainer> {
    this.starting++;
    await this.gate;
    if (this.failure) throw this.failure;
    const [pipe, inside] = duplexPair();
    const id = randomBytes(32).toString('hex');
    const container = { id, limits, inside, pipe, outOfMemory: false };
    this.containers.set(id, container);
    this.started.push(container);
    return { id, name: `bot-${this.started.length}`, runtimeDigest: DIGEST, pipe };
  }

  async ranOutOfMemory(id: string): Promise<boolean> {
    return this.containers.get(id)?.outOfMemory ?? false;
  }

  async remove(id: string): Promise<void> {
    if (!this.containers.get(id)?.pipe.destroyed) throw new Error('Its pipe was not destroyed first.');
    if (this.removalFailure) throw this.removalFailure;
    this.containers.delete(id);
  }

  async close(): Promise<void> {
    this.containers.clear();
  }
}
