import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { environmentOf } from '../../deploy/supervise/environment.ts';
import { NeverReadyError, SupervisedProgram } from '../../deploy/supervise/program.ts';
import { containersOf } from '../support/containers.ts';
import { testEnv } from '../support/server-env.ts';
import { tempDir } from '../support/temp-dir.ts';

const PROGRAM = fileURLToPath(new URL('./support/program.ts', import.meta.url));
const SUPERVISOR = fileURLToPath(new URL('../../deploy/supervisor.ts', import.meta.url));
const POLICY = { firstPauseMs: 10, longestPauseMs: 40, steadyMs: 60_000 };

describe('a program that is supervised', () => {
  it('and was never ready is not started again: its exit code is told', async () => {
    const spec = { name: 'test', file: PROGRAM, args: ['a', 'fails'], env: process.env };
    const program = new SupervisedProgram(spec, () => undefined, POLICY);
    const error: unknown = await program.start().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NeverReadyError);
    expect(error).toMatchObject({ exitCode: 7 });
    await program.stop('SIGTERM');
  });

  it('and gets its signal while it waits for a new start, starts no more', async () => {
    const lines: string[] = [];
    const spec = { name: 'test', file: PROGRAM, args: ['b'], env: process.env };
    const long = { ...POLICY, firstPauseMs: 60_000, longestPauseMs: 60_000 };
    const program = new SupervisedProgram(spec, (line) => lines.push(line), long);
    await program.start();
    process.kill(program.pid ?? 0, 'SIGKILL');
    await vi.waitUntil(() => lines.length > 0, 20_000);
    expect(lines).toEqual(['The test ended (exit code 137): a new start in 60000 ms.']);
    await program.stop('SIGTERM');
    expect(program.pid).toBeUndefined();
  });

  it('and ends again and again is started after pauses that grow up to the longest', async () => {
    const lines: string[] = [];
    const spec = { name: 'test', file: PROGRAM, args: ['c'], env: process.env };
    const program = new SupervisedProgram(spec, (line) => lines.push(line), POLICY);
    await program.start();
    for (const [index, pause] of [10, 20, 40, 40].entries()) {
      await vi.waitUntil(() => program.isReady, 10_000);
      process.kill(program.pid ?? 0, 'SIGKILL');
      await vi.waitUntil(() => lines.length > index, 10_000);
      expect(lines[index]).toContain(`in ${pause} ms.`);
    }
    await vi.waitUntil(() => program.isReady, 10_000);
    await program.stop('SIGTERM');
    expect(program.pid).toBeUndefined();
  });
});

describe('what each process is told', () => {
  const env = {
    PATH: '/bin',
    PORT: '1',
    DATA_DIR: '/d',
    DOCKER_HOST: 'unix:///x',
    DOCKER_CERT_PATH: '/c',
    RUNNER_IMAGE: 'i',
    AWS_SECRET_ACCESS_KEY: 's',
  };

  it('is what it needs: the server does not learn where the engine is', () => {
    expect(environmentOf('server', env)).toEqual({ PATH: '/bin', PORT: '1', DATA_DIR: '/d' });
    expect(environmentOf('launcher', env)).toEqual({
      PATH: '/bin',
      DATA_DIR: '/d',
      DOCKER_HOST: 'unix:///x',
      RUNNER_IMAGE: 'i',
    });
  });
});

/** What `npm start` runs after set-up. Both processes are its children. */
class Supervisor implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly output: string[] = [];

  constructor(env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [SUPERVISOR], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      if (stream) createInterface(stream).on('line', (line) => this.output.push(line));
  }

  /** Waits until so many lines of the output are like that. */
  async says(pattern: RegExp, count = 1): Promise<void> {
    const matching = () => this.output.filter((line) => pattern.test(line)).length;
    await vi.waitUntil(() => matching() >= count || this.child.exitCode !== null, 20_000);
    expect(matching(), this.output.join('\n')).toBeGreaterThanOrEqual(count);
  }

  /** The process that runs the file. */
  pidOf(file: string): number {
    const args = ['-P', String(this.child.pid), '-f', file];
    return Number(execFileSync('pgrep', args, { encoding: 'utf8' }).trim());
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
    return this.child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.stop('SIGTERM');
  }
}

const LISTENS = /^MCP Multiplayer listens on http/;

describe('npm start', { timeout: 60_000 }, () => {
  it('starts a killed launcher and a killed server again, and ends both, with no container left', async () => {
    await using data = await tempDir();
    const env = testEnv(data.path, { POOL_SIZE: '1' });
    await using supervisor = new Supervisor(env);
    await supervisor.says(LISTENS);
    const [launcher, server] = [supervisor.pidOf('/launcher/main.ts'), supervisor.pidOf('/src/main.ts')];
    process.kill(launcher, 'SIGKILL');
    await supervisor.says(/^The launcher ended \(exit code 137\)/);
    expect(supervisor.pidOf('/src/main.ts')).toBe(server);
    process.kill(server, 'SIGKILL');
    await supervisor.says(LISTENS, 2);
    expect(supervisor.pidOf('/launcher/main.ts')).not.toBe(launcher);
    expect(await supervisor.stop('SIGTERM')).toBe(0);
    expect(await containersOf(env.INSTANCE_ID)).toEqual([]);
  });

  it.each([
    ['the launcher', { DOCKER_HOST: 'unix:///nowhere/none.sock' }, /No Docker engine answers at/],
    ['the server', { HOST: '0.0.0.0' }, /ALLOW_OPEN_ON_PUBLIC=true/],
  ])('ends with the message of %s when that cannot start', async (_, env, message) => {
    await using data = await tempDir();
    await using supervisor = new Supervisor(testEnv(data.path, env));
    const [code] = await once(supervisor.child, 'close');
    expect(code).toBe(1);
    expect(supervisor.output.join('\n')).toMatch(message);
    expect(supervisor.output.join('\n')).not.toMatch(LISTENS);
  });

  it('killed with -9 takes both along', async () => {
    await using data = await tempDir();
    const env = testEnv(data.path);
    await using supervisor = new Supervisor(env);
    await supervisor.says(LISTENS);
    const pids = [supervisor.pidOf('/launcher/main.ts'), supervisor.pidOf('/src/main.ts')];
    await supervisor.stop('SIGKILL');
    await vi.waitUntil(() => pids.every((pid) => !isAlive(pid)), 20_000);
    expect(await containersOf(env.INSTANCE_ID)).toEqual([]);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
