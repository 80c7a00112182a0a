import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { randomHex } from '../../../control-plane/src/kernel/hash.ts';
import { ROOT } from '../../project/temp.ts';
import { docker, socketPath } from '../../sandbox/support/engine.ts';
import { freePort } from '../../support/service.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { compose, STAND_INS } from './compose.ts';

const run = promisify(execFile);
const STARTS_WITHIN = { timeout: 90_000, interval: 200 };

/** The services of docker-compose.yml, up for real. */
export interface Stack extends AsyncDisposable {
  readonly project: string;
  /** Label of the bots' containers. */
  readonly instance: string;
  /** Through Caddy, with TLS. */
  readonly url: string;
  /** The server's own port on loopback; none once there are several servers. */
  readonly direct: string;
  /** The certificate of Caddy's own authority, PEM. */
  readonly root: string;
  /** Runs docker compose on it. @returns what it printed */
  compose(...args: string[]): Promise<string>;
  /** Replaces the server by several, as an operator does: with docker-compose.scale.yml too. */
  scale(): Promise<void>;
  /** Kills a service's first process with -9 and waits until the engine has started it again. */
  kill(service: string, number?: number): Promise<void>;
  /** Services whose health check does not say that they are well. */
  unwell(): Promise<string[]>;
  /** Everything of it that is still there. */
  leftovers(): Promise<string[]>;
  /** docker compose down -v */
  down(): Promise<void>;
}

/** Builds the images and brings everything up that has an image here, until it answers. */
export async function startStack(): Promise<Stack> {
  await using stack = new AsyncDisposableStack();
  const secrets = stack.use(await tempDir());
  await run(process.execPath, [path.join(ROOT, 'deploy/compose/make-secrets.mjs'), secrets.path]);
  const [bind, http, https] = await Promise.all([freePort(), freePort(), freePort()]);
  const instance = `compose-${randomHex(4)}`;
  const url = `https://localhost:${https}`;
  const env = {
    ...imagesHere(),
    COMPOSE_PROJECT_NAME: instance,
    COMPOSE_FILE: filesOf('docker-compose.yml'),
    COMPOSE_PROFILES: 'tls,monitoring',
    SECRETS_DIR: secrets.path,
    DOCKER_GID: String((await stat(socketPath)).gid),
    DOCKER_SOCKET: socketPath,
    INSTANCE_ID: instance,
    BIND_PORT: String(bind),
    HTTP_PORT: String(http),
    HTTPS_PORT: String(https),
    PUBLIC_URL: url,
    // What a container may have is no more than what the engine has itself.
    OPEN_FILES: '4096',
    POOL_SIZE: '1',
  };
  const own = (...args: string[]) => compose(args, env);
  await own('build', '--quiet', 'control-plane', 'caddy');
  const down = async () => void (await own('down', '--volumes', '--remove-orphans', '--timeout', '60'));
  stack.defer(down);
  await own('up', '--detach', '--no-build', 'control-plane', 'caddy', 'prometheus');
  const certificate = '/data/caddy/pki/authorities/local/root.crt';
  const file = secrets.file('root.crt');
  await vi.waitFor(() => own('cp', `caddy:${certificate}`, file), STARTS_WITHIN);
  const root = await readFile(file, 'utf8');
  const held = stack.move();
  return {
    project: instance,
    instance,
    url,
    direct: `http://127.0.0.1:${bind}`,
    root,
    compose: own,
    async scale() {
      env.COMPOSE_FILE = filesOf('docker-compose.yml', 'docker-compose.scale.yml');
      await own('up', '--detach', '--no-build', 'control-plane');
    },
    async kill(service, number = 0) {
      const containers = await own('ps', '--quiet', service);
      await killFirstProcess(containers.trim().split('\n')[number]);
    },
    async unwell() {
      const lines = (await own('ps', '--format', '{{.Service}} {{.Health}}')).trim().split('\n');
      return lines.filter((line) => !/ healthy$|^\S+ ?$/.test(line));
    },
    leftovers: () => leftoversOf(instance),
    down,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

function filesOf(...shipped: string[]): string {
  return [...shipped, 'docker-compose.test.yml'].join(':');
}

/** What stands in the place of images of a registry, and where the images of this tree go. */
function imagesHere() {
  const { NODE_BASE, FERRETDB_IMAGE, REDIS_IMAGE, RUNNER_IMAGE, SSL_CERT_FILE, NODE_EXTRA_CA_CERTS } =
    process.env;
  return {
    ...{ NODE_BASE, FERRETDB_IMAGE, REDIS_IMAGE, RUNNER_IMAGE },
    COMPOSE_STAND_INS: STAND_INS,
    CADDY_BASE: STAND_INS,
    SERVER_IMAGE: 'mcp-multiplayer:test',
    CADDY_IMAGE: 'mcp-multiplayer-caddy:test',
    BUILD_CA: SSL_CERT_FILE || NODE_EXTRA_CA_CERTS || '/dev/null',
  };
}

/**
 * From outside, as a crash: inside of a container its first process cannot be killed, and what the engine
 * kills it does not start again. Where the process is another machine's or another user's, the engine does both.
 */
async function killFirstProcess(id = ''): Promise<void> {
  const container = docker.getContainer(id);
  const before = (await container.inspect()).State;
  const groups = await readFile(`/proc/${before.Pid}/cgroup`, 'utf8').catch(() => '');
  if (groups.includes(id) && process.getuid?.() === 0) process.kill(before.Pid, 'SIGKILL');
  else {
    await container.kill();
    await container.start();
  }
  await vi.waitUntil(async () => {
    const { Running, Pid } = (await container.inspect()).State;
    return Running && Pid !== before.Pid;
  }, STARTS_WITHIN);
}

async function leftoversOf(project: string): Promise<string[]> {
  const own = { label: [`com.docker.compose.project=${project}`] };
  const bots = { label: [`mcp-multiplayer.instance=${project}`] };
  const [containers, started, volumes, networks] = await Promise.all([
    docker.listContainers({ all: true, filters: own }),
    docker.listContainers({ all: true, filters: bots }),
    docker.listVolumes({ filters: own }),
    docker.listNetworks({ filters: own }),
  ]);
  return [
    ...[...containers, ...started].flatMap(({ Names }) => Names),
    ...(volumes.Volumes ?? []).map(({ Name }) => Name),
    ...networks.map(({ Name }) => Name),
  ];
}
