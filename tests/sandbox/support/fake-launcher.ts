import { type Duplex, duplexPair } from 'node:stream';
import type {
  ContainerLimits,
  Launcher,
  LauncherAbout,
  StartedContainer,
} from '../../../control-plane/src/launcher/port.ts';
import { FakeRunner } from './fake-runner.ts';

/** A container as tests see it. */
export interface FakeContainer {
  readonly id: string;
  readonly limits: ContainerLimits;
  readonly runner: FakeRunner;
  /** Ends it as if its PID 1 had died. */
  die(): void;
}

/** A launcher without an engine: its containers are objects that speak the runner's protocol. */
export class FakeLauncher implements Launcher {
  /** What it has started, gone ones included. */
  readonly started: FakeContainer[] = [];
  /** Every attempt to start one. */
  attempts = 0;
  /** While set, starts fail with it. */
  failure: Error | undefined;
  /** While set, starts wait for it. */
  holdStarts: Promise<void> | undefined;
  /** While set, removals wait for it. */
  holdRemovals: Promise<void> | undefined;
  /** While set, removals fail with it. */
  removalFailure: Error | undefined;
  digest = 'sha256:fake';
  readonly #pipes = new Map<string, Duplex>();

  /** Those that have not been removed. */
  get live(): readonly FakeContainer[] {
    return this.started.filter(({ id }) => this.#pipes.has(id));
  }

  about(): Promise<LauncherAbout> {
    const cpu = { quotaUs: 50_000, periodUs: 100_000, shares: 64 };
    return Promise.resolve({ runtimeDigest: this.digest, runtime: 'fake', cpu });
  }

  async start(limits: ContainerLimits): Promise<StartedContainer> {
    const id = String(this.attempts++);
    await this.holdStarts;
    if (this.failure) throw this.failure;
    const [pipe, far] = duplexPair();
    const runner = new FakeRunner(far);
    this.#pipes.set(id, pipe);
    this.started.push({ id, limits, runner, die: () => pipe.destroy() });
    return { id, name: `fake-${id}`, runtimeDigest: this.digest, pipe };
  }

  ranOutOfMemory(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async remove(id: string): Promise<void> {
    await this.holdRemovals;
    if (this.removalFailure) throw this.removalFailure;
    this.#pipes.get(id)?.destroy();
    this.#pipes.delete(id);
  }

  async close(): Promise<void> {
    await Promise.all(this.live.map(({ id }) => this.remove(id)));
  }
}
