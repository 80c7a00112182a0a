import { ensureEngine } from './docker.mjs';
import { projectNode } from './node.mjs';
import { ensurePackages } from './packages.mjs';
import { ensureRunnerImage } from './runner.mjs';

/**
 * All that the server and its tests need on this machine. Every step is skipped where a look at
 * the machine itself shows that nothing is to be done. A RUNNER_IMAGE that is set is taken as it is.
 * @returns {Promise<{ node: string, env: NodeJS.ProcessEnv, address: import('./engine.mjs').Address }>}
 *   the Node to use, what to tell it, and where the engine is
 */
export async function fullSetup() {
  await ensurePackages();
  const node = projectNode();
  const { dockerHost, address } = await ensureEngine();
  const image = process.env.RUNNER_IMAGE || (await ensureRunnerImage(address));
  return {
    node,
    address,
    env: { ...process.env, DOCKER_HOST: dockerHost, RUNNER_IMAGE: image },
  };
}
