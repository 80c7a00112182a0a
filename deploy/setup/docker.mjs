import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findEngine } from './engine.mjs';
import { withLock } from './lock.mjs';
import { LOCK } from './paths.mjs';
import { run, SetupError, step, tail } from './step.mjs';

const DOCKERD_LOG = '/var/log/mcp-multiplayer-dockerd.log';
const START_LIMIT_MS = 60_000;

/**
 * Finds a Docker engine that answers; installs and starts one where that is possible.
 * @returns {Promise<import('./engine.mjs').Engine>}
 * @throws {SetupError} that says what to do. Bot code never runs without containers.
 */
export async function ensureEngine() {
  const { engine, silent } = await findEngine();
  if (engine) return engine;
  refuseWhereWeMayNot(silent);
  return withLock(LOCK, installAndStart);
}

async function installAndStart() {
  const { engine } = await findEngine();
  if (engine) return engine;
  if (!dockerd()) await step('Docker installed', () => aptInstall(['docker.io']));
  return step('Docker started', start);
}

/** @param {readonly import('./engine.mjs').Silence[]} silent */
function refuseWhereWeMayNot(silent) {
  const why = silent.map(({ dockerHost, reason }) => `${dockerHost}: ${reason}`).join('\n');
  const message = `No Docker engine answers. Bots run in containers only, so there is no way without one.\n${why}`;
  if (process.env.DOCKER_HOST) {
    throw new SetupError(message, 'DOCKER_HOST is set: start that engine, or unset DOCKER_HOST.');
  }
  if (silent.some(({ reason }) => reason.includes('EACCES'))) {
    throw new SetupError(
      message,
      'This user may not use Docker: add it to the group "docker" and log in again.',
    );
  }
  if (!mayInstall()) {
    throw new SetupError(
      message,
      'Install and start Docker (docs.docker.com/engine/install), or run this as root on Debian or Ubuntu.',
    );
  }
}

/** True where set-up may install Debian packages. */
export function mayInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** @param {readonly string[]} packages Debian packages to install */
export async function aptInstall(packages) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=300', '-q'];
  await run('apt-get', [...wait, 'update'], { env });
  await run('apt-get', [...wait, 'install', '-y', ...packages], { env });
}

function dockerd() {
  return ['/usr/bin/dockerd', '/usr/sbin/dockerd', '/usr/local/bin/dockerd'].find((path) => existsSync(path));
}

/** Starts the engine as a service, or where no systemd runs, as a process that outlives us. */
async function start() {
  const program = dockerd();
  if (!program) throw new SetupError('Docker was installed, but there is no dockerd.');
  if (existsSync('/run/systemd/system')) {
    await run('systemctl', ['start', 'docker'], { timeoutMs: START_LIMIT_MS });
    return answers(() => false);
  }
  const log = openSync(DOCKERD_LOG, 'a', 0o600);
  const daemon = spawn('nohup', [program], { detached: true, stdio: ['ignore', log, log], cwd: '/' });
  let failed = false;
  daemon.once('error', () => (failed = true)).once('exit', () => (failed = true));
  daemon.unref();
  return answers(() => failed);
}

/** @param {() => boolean} hasFailed */
async function answers(hasFailed) {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline) {
    const { engine } = await findEngine();
    if (engine) return engine;
    if (hasFailed()) break;
    await sleep(200);
  }
  const end = tail();
  if (existsSync(DOCKERD_LOG)) end.add(readFileSync(DOCKERD_LOG));
  throw new SetupError(`Docker did not start:\n${end.text()}`, 'Start Docker by hand and run this again.');
}
