import http from 'node:http';
import { homedir } from 'node:os';
import { SetupError } from './step.mjs';

/**
 * The Docker engine, spoken to over its HTTP API: a `docker` on PATH may be a bare client, and a
 * client may be missing where an engine answers.
 */

/**
 * @typedef {{ socketPath: string } | { host: string, port: number }} Address
 * @typedef {{ dockerHost: string, address: Address, version: string }} Engine
 * @typedef {{ dockerHost: string, reason: string }} Silence
 */

/** Where an engine may listen, DOCKER_HOST alone if it is set. @returns {string[]} */
function dockerHosts() {
  const { DOCKER_HOST, XDG_RUNTIME_DIR } = process.env;
  if (DOCKER_HOST) return [DOCKER_HOST];
  const sockets = ['/var/run/docker.sock', `${homedir()}/.docker/run/docker.sock`];
  if (XDG_RUNTIME_DIR) sockets.push(`${XDG_RUNTIME_DIR}/docker.sock`);
  return sockets.map((path) => `unix://${path}`);
}

/** @param {string} dockerHost @returns {Address} */
function addressOf(dockerHost) {
  if (dockerHost.startsWith('unix://')) return { socketPath: dockerHost.slice('unix://'.length) };
  const url = URL.canParse(dockerHost) ? new URL(dockerHost) : undefined;
  if (url?.protocol === 'tcp:' && !process.env.DOCKER_TLS_VERIFY) {
    return { host: url.hostname, port: Number(url.port || 2375) };
  }
  throw new SetupError(
    `DOCKER_HOST=${dockerHost} cannot be used by the set-up.`,
    'Give unix:///path/to/docker.sock or tcp://host:port without TLS.',
  );
}

/** Asks every candidate. @returns {Promise<{ engine?: Engine, silent: Silence[] }>} */
export async function findEngine() {
  const silent = [];
  for (const dockerHost of dockerHosts()) {
    const address = addressOf(dockerHost);
    try {
      return { engine: { dockerHost, address, version: await ask(address) }, silent };
    } catch (error) {
      silent.push({ dockerHost, reason: String(/** @type {Error} */ (error).message) });
    }
  }
  return { silent };
}

/** @param {Address} address @returns {Promise<string>} the engine's version */
async function ask(address) {
  const ping = await request(address, 'GET', '/_ping', { timeoutMs: 3000 });
  const version = await request(address, 'GET', '/version', { timeoutMs: 3000 });
  if (ping.status !== 200 || version.status !== 200)
    throw new Error(`answered ${ping.status}/${version.status}`);
  return JSON.parse(version.text).Version;
}

/**
 * One request to the engine, with a limit on its whole time.
 * @param {Address} address
 * @param {string} method
 * @param {string} path without an API version: old and new engines share no single one
 * @param {{ body?: import('node:stream').Readable | Buffer, headers?: http.OutgoingHttpHeaders,
 *   timeoutMs: number, signal?: AbortSignal, onText?: (text: string) => void }} options
 * @returns {Promise<{ status: number, text: string }>}
 */
export function request(address, method, path, { body, headers, timeoutMs, signal, onText }) {
  const limit = AbortSignal.timeout(timeoutMs);
  const signals = signal ? [limit, signal] : [limit];
  return new Promise((resolve, reject) => {
    const fail = (/** @type {Error} */ error) =>
      reject(limit.aborted ? new Error(`no answer within ${timeoutMs} ms`) : error);
    const options = { ...address, method, path, headers, signal: AbortSignal.any(signals) };
    const call = http.request(options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
        onText?.(chunk);
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', fail);
    });
    call.on('error', fail);
    if (body === undefined || Buffer.isBuffer(body)) call.end(body);
    else body.on('error', (error) => call.destroy(error)).pipe(call);
  });
}

/**
 * The engine answers long work with one JSON object a line, errors among them.
 * @param {string} text
 * @returns {Record<string, string>[]}
 */
export function messages(text) {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

/**
 * @param {{ status: number, text: string }} answer of long work
 * @returns {string | undefined} the error, if there is one
 */
export function failureOf({ status, text }) {
  const failed = messages(text).find(({ error }) => error);
  if (failed) return failed.error;
  return status >= 400 ? (messages(text)[0]?.message ?? `status ${status}: ${text}`) : undefined;
}

/** @param {Address} address @param {string} image @returns {Promise<boolean>} */
export async function hasImage(address, image) {
  const { status } = await request(address, 'GET', `/images/${image}/json`, { timeoutMs: 10_000 });
  return status === 200;
}
