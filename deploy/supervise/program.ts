import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';

/** A program that tells its supervisor over a channel when it is ready. */
export interface ProgramSpec {
  readonly name: string;
  /** A TypeScript file. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export interface RestartPolicy {
  /** Pause before the first new start, ms; it doubles with each that follows. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Ready for this long, a program starts over with the first pause, ms. */
  readonly steadyMs: number;
}

const RESTART: RestartPolicy = { firstPauseMs: 100, longestPauseMs: 5000, steadyMs: 30_000 };

/** A program that was never ready. */
export class NeverReadyError extends Error {
  override readonly name = 'NeverReadyError';
  /** As shells have it: 128 + the signal that ended it. */
  readonly exitCode: number;

  constructor(name: string, exitCode: number) {
    super(`The ${name} ended before it was ready (exit code ${exitCode}).`);
    this.exitCode = exitCode;
  }
}

/** Keeps one program running: once it was ready, it is started again whenever it ends, until it is stopped. */
export class SupervisedProgram {
  readonly #spec: ProgramSpec;
  readonly #policy: RestartPolicy;
  readonly #say: (line: string) => void;
  readonly #ready = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<void>();
  #child: ChildProcess | undefined;
  #pauseMs: number;
  #restart: NodeJS.Timeout | undefined;
  #readyAt: number | undefined;
  #wasReady = false;
  #stopping = false;

  constructor(spec: ProgramSpec, say: (line: string) => void, policy: RestartPolicy = RESTART) {
    this.#spec = spec;
    this.#say = say;
    this.#policy = policy;
    this.#pauseMs = policy.firstPauseMs;
  }

  /** Of the process that runs now. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isReady(): boolean {
    return this.#readyAt !== undefined;
  }

  /** Starts it and waits until it is ready. @throws {NeverReadyError} if it ends before */
  async start(): Promise<void> {
    this.#spawn();
    await this.#ready.promise;
  }

  /** Sends the signal and waits for its end; a signal that is sent again is passed on. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    if (this.#child) this.#child.kill(signal);
    else this.#stopped.resolve();
    await this.#stopped.promise;
  }

  #spawn(): void {
    const { file, args = [], env } = this.#spec;
    const child = spawn(process.execPath, [file, ...args], {
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child = child;
    child.once('message', () => this.#onReady());
    child.once('error', () => undefined);
    child.once('close', (code, signal) => this.#onEnd(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
  }

  #onReady(): void {
    this.#readyAt = performance.now();
    this.#wasReady = true;
    this.#ready.resolve();
  }

  #onEnd(exitCode: number): void {
    const readyAt = this.#readyAt;
    this.#child = this.#readyAt = undefined;
    if (!this.#wasReady) this.#ready.reject(new NeverReadyError(this.#spec.name, exitCode));
    if (this.#stopping || !this.#wasReady) return this.#stopped.resolve();
    const { firstPauseMs, longestPauseMs, steadyMs } = this.#policy;
    const steady = readyAt !== undefined && performance.now() - readyAt >= steadyMs;
    if (steady) this.#pauseMs = firstPauseMs;
    this.#say(`The ${this.#spec.name} ended (exit code ${exitCode}): a new start in ${this.#pauseMs} ms.`);
    this.#restart = setTimeout(() => this.#spawn(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
  }
}
