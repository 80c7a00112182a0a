import { vi } from 'vitest';
import type { ContainerSandboxOptions } from '../../../control-plane/src/sandbox/containers/options.ts';
import { ContainerSandbox } from '../../../control-plane/src/sandbox/containers/sandbox.ts';
import { FakeLauncher } from './fake-launcher.ts';
import { LIMITS } from './programs.ts';

const TURNS = 20;

/** Lets everything happen that waits for no timer. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Moves the time of a sandbox on a fake launcher, in steps, so that what timers start gets on meanwhile. */
export async function pass(ms: number): Promise<void> {
  await settle();
  const step = Math.min(ms, 50);
  for (let passed = 0; passed < ms; passed += step) {
    vi.advanceTimersByTime(step);
    await settle();
  }
}

/** A sandbox without an engine, on a clock that the test moves. */
export class FakeWorld implements AsyncDisposable {
  readonly launcher = new FakeLauncher();
  readonly claims: string[] = [];
  readonly kills: string[] = [];
  readonly starts: string[] = [];
  readonly sandbox: ContainerSandbox;

  constructor(options: Partial<ContainerSandboxOptions> = {}) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    this.sandbox = new ContainerSandbox({
      launcher: this.launcher,
      limits: LIMITS,
      events: {
        claim: (source) => void this.claims.push(source),
        kill: (cause) => void this.kills.push(cause),
        containerStart: (outcome) => void this.starts.push(outcome),
      },
      ...options,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sandbox.close();
    vi.useRealTimers();
  }
}
