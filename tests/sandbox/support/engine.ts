import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Docker from 'dockerode';

/** Where the engine that tests use listens. */
export const socketPath = (process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock').replace(
  'unix://',
  '',
);

/** An engine client of the tests' own, beside the one under test. */
export const docker = new Docker({ socketPath });

/** The runner image under test. */
export function runnerImage(): string {
  const image = process.env['RUNNER_IMAGE'];
  if (!image) throw new Error('RUNNER_IMAGE names no image: run the tests by `npm test`.');
  return image;
}

const FIXTURE = new URL('../fixtures/raw/', import.meta.url);
const FILES = [
  'Dockerfile',
  'policy/__init__.py',
  'policy/library.py',
  'hook/__init__.py',
  'net/__init__.py',
];

/**
 * The runner image with no language policy: its bots are plain Python that defines `run(request)`,
 * so that a test reaches everything that the container itself must hold.
 */
export async function rawImage(): Promise<string> {
  const base = await docker.getImage(runnerImage()).inspect();
  const hash = createHash('sha256').update(base.Id);
  for (const file of FILES) hash.update(readFileSync(new URL(file, FIXTURE)));
  const tag = `mcp-multiplayer-raw:${hash.digest('hex').slice(0, 12)}`;
  const known = await docker
    .getImage(tag)
    .inspect()
    .catch(() => undefined);
  if (!known) await build(tag, base.Id);
  return tag;
}

async function build(tag: string, base: string): Promise<void> {
  const context = { context: FIXTURE.pathname, src: FILES };
  const progress = await docker.buildImage(context, { t: tag, buildargs: { BASE: base }, forcerm: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const failed = (steps: unknown[]) => steps.find((step) => Object.hasOwn(Object(step), 'error'));
  docker.modem.followProgress(progress, (error, steps) => {
    const bad = error ?? failed(steps ?? []);
    if (bad) reject(new Error(`The test image was not built: ${JSON.stringify(bad)}`));
    else resolve();
  });
  await promise;
}

/** Ids of the containers, running or not, of one instance. */
export async function containersOf(instance: string): Promise<string[]> {
  const filters = { label: [`mcp-multiplayer.instance=${instance}`] };
  return (await docker.listContainers({ all: true, filters })).map((one) => one.Id);
}
