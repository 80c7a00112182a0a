import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureBase, pull } from './base.mjs';
import { hasImage } from './engine.mjs';
import { buildImage, filesOf, hashOf } from './image.mjs';
import { withLock } from './lock.mjs';
import { projectNode } from './node.mjs';
import { LOCK, ROOT } from './paths.mjs';
import { publicBase } from './runner.mjs';
import { run, step } from './step.mjs';

/** @typedef {import('./engine.mjs').Address} Address */

/** What the base with Node has beside it, where it is built here. */
const NPM = 'npm@11.21.2';

/**
 * The image that the server's image is built on: the public one where a registry answers, else Node of the npm
 * registry on our own base.
 * @param {Address} address
 */
export async function ensureNodeBase(address) {
  const wanted = publicBase(filesOf(`${ROOT}/deploy/docker`));
  const folder = filesOf(`${ROOT}/deploy/docker/node`);
  const version = Buffer.from(JSON.stringify([wanted, NPM]));
  const image = `mcp-multiplayer-node:${hashOf([...folder, { name: 'version', content: version, mode: 0 }])}`;
  for (const one of [wanted, image]) if (await hasImage(address, one)) return one;
  return withLock(LOCK, async () => {
    if (await hasImage(address, image)) return image;
    if ((await pull(address, wanted)) === undefined) return wanted;
    const base = await ensureBase(address, 'debian:trixie-slim');
    await step(`Node image ${image}`, async () => {
      const node = { name: 'node', content: readFileSync(projectNode()), mode: 0o755 };
      const npm = { name: 'npm.tgz', content: await npmArchive(), mode: 0o644 };
      const what = 'The image with Node';
      await buildImage(address, {
        what,
        names: [image],
        files: [...folder, node, npm],
        args: { BASE: base },
      });
    });
    return image;
  });
}

/** npm as its registry has it. */
async function npmArchive() {
  const folder = mkdtempSync(path.join(tmpdir(), 'npm-'));
  try {
    await run('npm', ['pack', NPM, '--pack-destination', folder], { cwd: folder });
    const [name = ''] = readdirSync(folder);
    return readFileSync(`${folder}/${name}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Caddy and Prometheus of Debian's packages, in one image.
 * @param {Address} address
 */
export async function ensureComposeStandIns(address) {
  const files = filesOf(`${ROOT}/deploy/docker/stand-ins`);
  const image = `mcp-multiplayer-stand-ins:${hashOf(files)}`;
  if (await hasImage(address, image)) return image;
  return withLock(LOCK, async () => {
    if (await hasImage(address, image)) return image;
    const args = { BASE: await ensureBase(address, publicBase(files)) };
    const what = 'The image with Caddy and Prometheus';
    await step(`Caddy and Prometheus image ${image}`, () =>
      buildImage(address, { what, names: [image], files, args }),
    );
    return image;
  });
}
