import { ensureComposeStandIns, ensureNodeBase } from './compose-images.mjs';
import { ensureComposeProgram } from './compose-program.mjs';
import { tried } from './stand-ins.mjs';

/**
 * What the tests of docker-compose.yml need, each by the name of the environment variable that tells them. What
 * cannot be had is said in one line, and tests that need it are skipped by name.
 * @param {import('./engine.mjs').Address} address
 * @returns {Promise<Record<string, string>>}
 */
export async function ensureComposeParts(address) {
  const program = await tried('Docker Compose', () => ensureComposeProgram());
  const node = await tried('image with Node', () => ensureNodeBase(address));
  const others = await tried('Caddy and Prometheus', () => ensureComposeStandIns(address));
  return {
    ...(program && { COMPOSE_PROGRAM: program }),
    ...(node && { NODE_BASE: node }),
    ...(others && { COMPOSE_STAND_INS: others }),
  };
}
