import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { ensureBase } from './base.mjs';
import { failureOf, hasImage, messages, request } from './engine.mjs';
import { withLock } from './lock.mjs';
import { LOCK, ROOT } from './paths.mjs';
import { SetupError, step, tail } from './step.mjs';
import { tar } from './tar.mjs';

const CONTEXT = `${ROOT}/runner-image`;
const REPOSITORY = 'mcp-multiplayer-runner';
const BUILD_LIMIT_MS = 900_000;
const BUILD_ENV = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'PIP_INDEX_URL'];

/**
 * Builds the image that bots run in, unless there is one of the same inputs.
 * @param {import('./engine.mjs').Address} address
 * @returns {Promise<string>} its name: the tag is the hash of what it was built from
 */
export async function ensureRunnerImage(address) {
  const files = contextFiles();
  const image = `${REPOSITORY}:${hashOf(files)}`;
  if (await hasImage(address, image)) return image;
  return withLock(LOCK, async () => {
    if (await hasImage(address, image)) return image;
    const base = await ensureBase(address, publicBase(files));
    await step(`runner image ${image}`, () => build(address, image, base, files));
    return image;
  });
}

/** @typedef {{ name: string, content: Buffer, mode: number }} File */

/** Every file of the runner's folder, in a fixed order. @returns {File[]} */
function contextFiles() {
  if (!existsSync(`${CONTEXT}/Dockerfile`)) throw new SetupError(`There is no Dockerfile in ${CONTEXT}.`);
  const names = readdirSync(CONTEXT, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => !/(^|\/)(__pycache__|\.pytest_cache|tests?)(\/|$)|\.pyc$/.test(name))
    .filter((name) => statSync(`${CONTEXT}/${name}`).isFile())
    .sort()
    .map((name) => ({
      name,
      content: readFileSync(`${CONTEXT}/${name}`),
      // The owner's bit decides: the rest follows a person's umask.
      mode: statSync(`${CONTEXT}/${name}`).mode & 0o100 ? 0o755 : 0o644,
    }));
}

/** @param {readonly File[]} files */
function hashOf(files) {
  const hash = createHash('sha256');
  for (const { name, content, mode } of files) {
    hash.update(JSON.stringify([name, mode, content.length])).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The default of the Dockerfile's build argument BASE. @param {readonly File[]} files */
function publicBase(files) {
  const dockerfile = files.find(({ name }) => name === 'Dockerfile')?.content.toString() ?? '';
  const base = /^ARG BASE=(\S+)/m.exec(dockerfile)?.[1];
  if (!base) throw new SetupError('The Dockerfile of the runner image names no default for BASE.');
  return base;
}

/**
 * @param {import('./engine.mjs').Address} address
 * @param {string} image
 * @param {string} base
 * @param {readonly File[]} files
 */
async function build(address, image, base, files) {
  const body = tar([...files, { name: 'ca.pem', content: extraCa() }]);
  const query = new URLSearchParams({ buildargs: JSON.stringify(buildArgs(base)), rm: '1', forcerm: '1' });
  for (const name of [image, `${REPOSITORY}:latest`]) query.append('t', name);
  const headers = { 'content-type': 'application/x-tar', 'content-length': body.length };
  const answer = await request(address, 'POST', `/build?${query.toString()}`, {
    body,
    headers,
    timeoutMs: BUILD_LIMIT_MS,
  });
  const failure = failureOf(answer);
  if (failure !== undefined)
    throw new SetupError(`The runner image could not be built: ${failure}\n${buildLog(answer.text)}`);
}

/** @param {string} base @returns {Record<string, string>} */
function buildArgs(base) {
  /** @type {Record<string, string>} */
  const args = { BASE: base };
  for (const name of BUILD_ENV) {
    const value = process.env[name] ?? process.env[name.toLowerCase()];
    if (value) args[name] = value;
  }
  return args;
}

/** The certificates that this machine trusts beyond the usual ones, or nothing. */
function extraCa() {
  const file = process.env.SSL_CERT_FILE || process.env.NODE_EXTRA_CA_CERTS;
  return file && existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
}

/** @param {string} text the engine's answer */
function buildLog(text) {
  const log = tail();
  for (const { stream = '' } of messages(text)) log.add(stream);
  return log.text();
}
