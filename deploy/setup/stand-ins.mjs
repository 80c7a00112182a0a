import { ensureBase, pull } from './base.mjs';
import { hasImage } from './engine.mjs';
import { ensureFerretdbImage, ferretdbImage } from './ferretdb.mjs';
import { buildImage, filesOf, hashOf } from './image.mjs';
import { withLock } from './lock.mjs';
import { LOCK, ROOT } from './paths.mjs';
import { publicBase } from './runner.mjs';
import { say, step } from './step.mjs';

/**
 * What the tests talk to in the place of services of production, where no registry has their images:
 * FerretDB, built from its Go module, and Redis of Debian. The server itself needs neither.
 * @typedef {import('./engine.mjs').Address} Address
 */

/** As docker-compose.yml has it. Tests find it among this machine's images. */
const MONGO = 'mongo:8';

/**
 * The images that this machine can make, each by the name of the environment variable that tells tests.
 * What cannot be made is said in one line, and tests that need it are skipped by name.
 * @param {Address} address
 * @returns {Promise<Record<string, string>>}
 */
export async function ensureStandIns(address) {
  const isMongoHere = await ensureMongo(address);
  const ferretdb = await tried('FerretDB', () => ensureFerretdbImage(address));
  if (!isMongoHere && !ferretdb)
    say('set-up: neither MongoDB nor FerretDB, so the store for several servers is not tested');
  const redis = await tried('Redis', () => ensureRedisImage(address));
  return { ...(ferretdb && { FERRETDB_IMAGE: ferretdb }), ...(redis && { REDIS_IMAGE: redis }) };
}

/**
 * Makes a part of the tests' surroundings; where that fails, says so in one line and answers undefined.
 * @param {string} name
 * @param {() => Promise<string>} make
 */
export async function tried(name, make) {
  try {
    return await make();
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    say(`set-up: no ${name}, tests that need it are skipped (${message.split('\n')[0]})`);
    return undefined;
  }
}

/**
 * True where MongoDB's own image is here. A registry is asked once: no longer when FerretDB is built.
 * @param {Address} address
 */
async function ensureMongo(address) {
  if (await hasImage(address, MONGO)) return true;
  if (await hasImage(address, ferretdbImage())) return false;
  return (await pull(address, MONGO)) === undefined;
}

/** Redis of Debian's packages. @param {Address} address */
async function ensureRedisImage(address) {
  const files = filesOf(`${ROOT}/deploy/redis`);
  const image = `mcp-multiplayer-redis:${hashOf(files)}`;
  if (await hasImage(address, image)) return image;
  return withLock(LOCK, async () => {
    if (await hasImage(address, image)) return image;
    const base = await ensureBase(address, publicBase(files));
    const names = [image, 'mcp-multiplayer-redis:latest'];
    await step(`Redis image ${image}`, () =>
      buildImage(address, { what: 'The Redis image', names, files, args: { BASE: base } }),
    );
    return image;
  });
}
