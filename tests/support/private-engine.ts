import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { type TempDir, tempDir } from './temp-dir.ts';

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 20_000;
const DOCKERD = ['/usr/sbin/dockerd', '/usr/bin/dockerd', '/usr/local/bin/dockerd'].find(existsSync);

/** Why no private engine can be started here; undefined where one can. */
export const noPrivateEngine =
  DOCKERD === undefined
    ? 'there is no dockerd on this machine'
    : process.getuid?.() === 0
      ? undefined
      : 'only root may start a dockerd';

/** A container engine of a test's own, that may be stopped, restarted and made to hang. */
export interface PrivateEngine extends AsyncDisposable {
  readonly socketPath: string;
  readonly docker: Docker;
  /** Copies an image of the shared engine into this one. */
  load(reference: string): Promise<void>;
  /** Ends the engine and every container, as a service manager does. */
  stop(): Promise<void>;
  /** Ends it and starts it again on the same data. */
  restart(): Promise<void>;
  /** It listens on, and answers nothing until `resume`. */
  hang(): void;
  resume(): void;
}

/** @param runtimes wrapper scripts of OCI runtimes by name: what follows `exec` in each */
export async function startPrivateEngine(
  runtimes: Readonly<Record<string, string>> = {},
): Promise<PrivateEngine> {
  if (noPrivateEngine !== undefined) throw new Error(noPrivateEngine);
  const dir = await tempDir();
  const args = await engineArguments(dir, runtimes);
  const socketPath = dir.file('docker.sock');
  const docker = new Docker({ socketPath, host: '' });
  let daemon = await start(args, docker).catch(async (error: unknown) => {
    await dir[Symbol.asyncDispose]();
    throw error;
  });
  return {
    socketPath,
    docker,
    load: (reference) => copyImage(reference, docker),
    stop: () => stop(daemon),
    async restart() {
      await stop(daemon);
      daemon = await start(args, docker);
    },
    hang: () => void daemon.kill('SIGSTOP'),
    resume: () => void daemon.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await removeContainers(daemon, docker);
      await stop(daemon);
      await endContainerd(dir);
      await dir[Symbol.asyncDispose]();
    },
  };
}

async function engineArguments(dir: TempDir, runtimes: Readonly<Record<string, string>>): Promise<string[]> {
  const args = [`--host=unix://${dir.file('docker.sock')}`, `--pidfile=${dir.file('docker.pid')}`];
  args.push(`--data-root=${dir.file('data')}`, `--exec-root=${dir.file('exec')}`);
  args.push('--bridge=none', '--iptables=false', '--ip-forward=false', '--ip-masq=false');
  args.push('--shutdown-timeout=2', '--log-level=error');
  for (const [name, command] of Object.entries(runtimes)) {
    await writeFile(dir.file(name), `#!/bin/sh\nexec ${command} "$@"\n`);
    await chmod(dir.file(name), 0o755);
    args.push(`--add-runtime=${name}=${dir.file(name)}`);
  }
  return args;
}

async function start(args: readonly string[], docker: Docker): Promise<ChildProcess> {
  // In a network namespace of its own: an engine without a bridge removes the one that it finds, another's too.
  const daemon = spawn('unshare', ['--net', DOCKERD ?? '', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  daemon.stderr?.on('data', (chunk) => (said = `${said}${chunk}`.slice(-4096)));
  const deadline = performance.now() + START_LIMIT_MS;
  while (performance.now() < deadline && daemon.exitCode === null) {
    if (await docker.ping().catch(() => false)) return daemon;
    await sleep(50);
  }
  daemon.kill('SIGKILL');
  throw new Error(`The private engine did not start:\n${said}`);
}

async function stop(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const exited = once(daemon, 'exit');
  const limit = setTimeout(() => daemon.kill('SIGKILL'), STOP_LIMIT_MS);
  daemon.kill('SIGCONT');
  daemon.kill('SIGTERM');
  await exited;
  clearTimeout(limit);
}

async function removeContainers(daemon: ChildProcess, docker: Docker): Promise<void> {
  daemon.kill('SIGCONT');
  const left = await docker.listContainers({ all: true }).catch(() => []);
  await Promise.allSettled(left.map(({ Id }) => docker.getContainer(Id).remove({ force: true })));
}

/** A dockerd that was killed leaves its containerd behind. */
async function endContainerd(dir: TempDir): Promise<void> {
  const pid = Number(await readFile(dir.file('exec/containerd/containerd.pid'), 'utf8').catch(() => ''));
  const command = pid ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') : '';
  if (command.includes(dir.path)) process.kill(pid, 'SIGKILL');
}

async function copyImage(reference: string, into: Docker): Promise<void> {
  const host = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  const shared = new Docker({ socketPath: host.replace(/^unix:\/\//, ''), host: '' });
  const progress = await into.loadImage(await shared.getImage(reference).get());
  await new Promise<void>((resolve, reject) => {
    into.modem.followProgress(progress, (error) => (error ? reject(error) : resolve()));
  });
}
