import { existsSync } from 'node:fs';
import { ensureBase } from './base.mjs';
import { hasImage } from './engine.mjs';
import { buildImage, extraCa, filesOf, hashOf } from './image.mjs';
import { withLock } from './lock.mjs';
import { LOCK, ROOT } from './paths.mjs';
import { SetupError, step } from './step.mjs';

const CONTEXT = `${ROOT}/runner-image`;
const REPOSITORY = 'mcp-multiplayer-runner';
const NOT_IN_THE_IMAGE = /(^|\/)(__pycache__|\.pytest_cache|tests?)(\/|$)|\.pyc$|^ca\.pem$/;

/**
 * Builds the image that bots run in, unless there is one of the same inputs.
 * @param {import('./engine.mjs').Address} address
 * @returns {Promise<string>} its name: the tag is the hash of what it was built from
 */
export async function ensureRunnerImage(address) {
  if (!existsSync(`${CONTEXT}/Dockerfile`)) throw new SetupError(`There is no Dockerfile in ${CONTEXT}.`);
  const files = filesOf(CONTEXT, NOT_IN_THE_IMAGE);
  const image = `${REPOSITORY}:${hashOf(files)}`;
  if (await hasImage(address, image)) return image;
  return withLock(LOCK, async () => {
    if (await hasImage(address, image)) return image;
    const base = await ensureBase(address, publicBase(files));
    await step(`runner image ${image}`, () =>
      buildImage(address, {
        what: 'The runner image',
        names: [image, `${REPOSITORY}:latest`],
        files: [...files, { name: 'ca.pem', content: extraCa(), mode: 0o644 }],
        args: { BASE: base },
      }),
    );
    return image;
  });
}

/** The default of the Dockerfile's build argument BASE. @param {readonly import('./image.mjs').File[]} files */
export function publicBase(files) {
  const dockerfile = files.find(({ name }) => name === 'Dockerfile')?.content.toString() ?? '';
  const base = /^ARG BASE=(\S+)/m.exec(dockerfile)?.[1];
  if (!base) throw new SetupError('The Dockerfile names no default for BASE.');
  return base;
}
