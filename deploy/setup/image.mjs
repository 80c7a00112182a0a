import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { failureOf, messages, request } from './engine.mjs';
import { SetupError, tail } from './step.mjs';
import { tar } from './tar.mjs';

const BUILD_LIMIT_MS = 900_000;
const BUILD_ENV = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'PIP_INDEX_URL'];

/** @typedef {{ name: string, content: Buffer, mode: number }} File */

/**
 * Every file of a folder that an image is built from, in a fixed order.
 * @param {string} folder
 * @param {RegExp} [left] names of files that are no part of it
 * @returns {File[]}
 */
export function filesOf(folder, left) {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => !left?.test(name))
    .filter((name) => statSync(`${folder}/${name}`).isFile())
    .sort()
    .map((name) => ({
      name,
      content: readFileSync(`${folder}/${name}`),
      // The owner's bit decides: the rest follows a person's umask.
      mode: statSync(`${folder}/${name}`).mode & 0o100 ? 0o755 : 0o644,
    }));
}

/** @param {readonly File[]} files */
export function hashOf(files) {
  const hash = createHash('sha256');
  for (const { name, content, mode } of files) {
    hash.update(JSON.stringify([name, mode, content.length])).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Builds an image from files, a Dockerfile among them.
 * @param {import('./engine.mjs').Address} address
 * @param {{ what: string, names: readonly string[], files: readonly File[], args?: Record<string, string> }} image
 *   what it is, in a sentence; the names that it gets; build arguments beside the proxies of this machine
 */
export async function buildImage(address, { what, names, files, args = {} }) {
  const body = tar(files);
  const buildargs = JSON.stringify({ ...args, ...proxies() });
  const query = new URLSearchParams({ buildargs, rm: '1', forcerm: '1' });
  for (const name of names) query.append('t', name);
  const headers = { 'content-type': 'application/x-tar', 'content-length': body.length };
  const path = `/build?${query.toString()}`;
  const answer = await request(address, 'POST', path, { body, headers, timeoutMs: BUILD_LIMIT_MS });
  const failure = failureOf(answer);
  if (failure !== undefined)
    throw new SetupError(`${what} could not be built: ${failure}\n${buildLog(answer.text)}`);
}

/** The certificates that this machine trusts beyond the usual ones, or nothing. */
export function extraCa() {
  const file = process.env.SSL_CERT_FILE || process.env.NODE_EXTRA_CA_CERTS;
  return file && existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
}

function proxies() {
  /** @type {Record<string, string>} */
  const args = {};
  for (const name of BUILD_ENV) {
    const value = process.env[name] ?? process.env[name.toLowerCase()];
    if (value) args[name] = value;
  }
  return args;
}

/** @param {string} text the engine's answer */
function buildLog(text) {
  const log = tail();
  for (const { stream = '' } of messages(text)) log.add(stream);
  return log.text();
}
