import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureBase, pull } from './base.mjs';
import { hasImage } from './engine.mjs';
import { buildImage, filesOf, hashOf } from './image.mjs';
import { withLock } from './lock.mjs';
import { LOCK, ROOT } from './paths.mjs';
import { publicBase } from './runner.mjs';
import { run, say, step } from './step.mjs';

/**
 * What the tests talk to in the place of services of production, where no registry has their images:
 * FerretDB, built from its Go module, and Redis of Debian. The server itself needs neither.
 * @typedef {import('./engine.mjs').Address} Address
 */

const FERRETDB = `${ROOT}/deploy/ferretdb`;
const GO_NEEDED = [1, 24];
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

function ferretdbImage() {
  return `mcp-multiplayer-ferretdb:${hashOf(filesOf(FERRETDB))}`;
}

/**
 * A server of MongoDB's protocol, built from its Go module where Go is new enough.
 * @param {Address} address
 */
async function ensureFerretdbImage(address) {
  const image = ferretdbImage();
  if (await hasImage(address, image)) return image;
  requireGo();
  return withLock(LOCK, async () => {
    if (await hasImage(address, image)) return image;
    await step(`FerretDB image ${image}`, async () => {
      const dockerfile = { name: 'Dockerfile', content: readFileSync(`${FERRETDB}/Dockerfile`), mode: 0o644 };
      const program = { name: 'ferretdb', content: await compiled(FERRETDB), mode: 0o755 };
      const files = [dockerfile, program, { name: 'data/.keep', content: Buffer.alloc(0), mode: 0o644 }];
      await buildImage(address, { what: 'The FerretDB image', names: [image, latest(image)], files });
    });
    return image;
  });
}

/** @param {string} folder a Go module @returns {Promise<Buffer>} its program, without a library beside it */
async function compiled(folder) {
  const output = mkdtempSync(path.join(tmpdir(), 'ferretdb-'));
  try {
    const env = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' };
    const args = ['-C', folder, 'build', '-trimpath', '-ldflags=-s -w', '-o', `${output}/ferretdb`, '.'];
    await run('go', args, { env });
    return readFileSync(`${output}/ferretdb`);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

function requireGo() {
  const { stdout } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
  const [major = 0, minor = 0] =
    /^go(\d+)\.(\d+)/
      .exec(stdout ?? '')
      ?.slice(1)
      .map(Number) ?? [];
  const [needsMajor = 0, needsMinor = 0] = GO_NEEDED;
  if (major > needsMajor || (major === needsMajor && minor >= needsMinor)) return;
  throw new Error(
    `it is built with Go ${GO_NEEDED.join('.')} or newer, and this machine has ${stdout || 'none'}`,
  );
}

/** Redis of Debian's packages. @param {Address} address */
async function ensureRedisImage(address) {
  const files = filesOf(`${ROOT}/deploy/redis`);
  const image = `mcp-multiplayer-redis:${hashOf(files)}`;
  if (await hasImage(address, image)) return image;
  return withLock(LOCK, async () => {
    if (await hasImage(address, image)) return image;
    const base = await ensureBase(address, publicBase(files));
    const names = [image, latest(image)];
    await step(`Redis image ${image}`, () =>
      buildImage(address, { what: 'The Redis image', names, files, args: { BASE: base } }),
    );
    return image;
  });
}

/** @param {string} image */
function latest(image) {
  return `${image.split(':')[0]}:latest`;
}
