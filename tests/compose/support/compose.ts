import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT } from '../../project/temp.ts';

const run = promisify(execFile);
const { COMPOSE_PROGRAM, NODE_BASE, COMPOSE_STAND_INS, FERRETDB_IMAGE, REDIS_IMAGE } = process.env;

/** Docker Compose's program; undefined where there is none. */
export const COMPOSE = COMPOSE_PROGRAM || undefined;

/** The image with Caddy and Prometheus (and promtool); undefined where there is none. */
export const STAND_INS = COMPOSE_STAND_INS || undefined;

/** True where all that docker-compose.test.yml names is on this machine. */
export const STACK_HERE = [COMPOSE, NODE_BASE, STAND_INS, FERRETDB_IMAGE, REDIS_IMAGE].every(Boolean);

/** Nothing of the surroundings but what leads to the engine. */
const { PATH, HOME, DOCKER_HOST } = process.env;
const COMMON = { PATH, HOME, ...(DOCKER_HOST && { DOCKER_HOST }) };

/** Runs docker compose in the project's folder. @returns what it printed */
export async function compose(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  if (COMPOSE === undefined) throw new Error('There is no Docker Compose on this machine.');
  const options = { cwd: ROOT, env: { ...COMMON, ...env }, maxBuffer: 64 * 2 ** 20 };
  const { stdout } = await run(COMPOSE, ['--ansi', 'never', '--progress', 'plain', ...args], options);
  return stdout;
}
