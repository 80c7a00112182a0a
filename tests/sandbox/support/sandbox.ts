import { randomUUID } from 'node:crypto';
import type { DockerSandboxOptions } from '../../../control-plane/src/sandbox/docker/options.ts';
import { DockerSandbox } from '../../../control-plane/src/sandbox/docker/sandbox.ts';
import { socketPath } from './engine.ts';

/** A sandbox with an instance id of its own; `await using` removes what it made. */
export async function startSandbox(
  options: Partial<DockerSandboxOptions> & { image: string },
): Promise<DockerSandbox & { readonly instance: string }> {
  const instance = options.instance ?? `test-${randomUUID()}`;
  const clock = { now: () => Date.now() };
  const sandbox = await DockerSandbox.start({ socketPath, clock, ...options, instance });
  return Object.assign(sandbox, { instance });
}
