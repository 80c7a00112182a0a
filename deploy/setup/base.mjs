import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { aptInstall, mayInstall } from './docker.mjs';
import { failureOf, hasImage, request } from './engine.mjs';
import { run, say, SetupError, step, tail } from './step.mjs';

/** The base image as set-up builds it where no registry answers. */
const OWN_BASE = 'mcp-multiplayer-base:1';
const FIRST_ANSWER_MS = 8000;
const BUILD_LIMIT_MS = 900_000;

/**
 * Finds the runner's base image: on this machine, from its registry, or built from Debian packages.
 * @param {import('./engine.mjs').Address} address
 * @param {string} publicBase the default that the Dockerfile names
 * @returns {Promise<string>} the image to build on
 */
export async function ensureBase(address, publicBase) {
  for (const image of [publicBase, OWN_BASE]) {
    if (await hasImage(address, image)) return image;
  }
  const failure = await pull(address, publicBase);
  if (failure === undefined) return publicBase;
  if (!mayInstall()) {
    throw new SetupError(
      `The base image ${publicBase} could not be pulled: ${failure}`,
      `Give this machine access to a registry, load the image (docker load), or run this as root on Debian or Ubuntu, where it is built from packages.`,
    );
  }
  await step('base image built from Debian packages', () => build(address));
  return OWN_BASE;
}

/**
 * Where the registry does not answer within seconds it will not later either.
 * @param {import('./engine.mjs').Address} address
 * @param {string} image
 * @returns {Promise<string | undefined>} why it failed
 */
export async function pull(address, image) {
  const impatience = new AbortController();
  const timer = setTimeout(() => impatience.abort(), FIRST_ANSWER_MS);
  const path = `/images/create?fromImage=${encodeURIComponent(image)}`;
  try {
    const onText = () => clearTimeout(timer);
    const signal = impatience.signal;
    const answer = await request(address, 'POST', path, { timeoutMs: BUILD_LIMIT_MS, signal, onText });
    const failure = failureOf(answer);
    if (failure === undefined) say(`set-up: image ${image} pulled`);
    return failure;
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    return impatience.signal.aborted ? `no answer within ${FIRST_ANSWER_MS / 1000} s` : message;
  } finally {
    clearTimeout(timer);
  }
}

/** @param {import('./engine.mjs').Address} address */
async function build(address) {
  if (!existsSync('/usr/bin/mmdebstrap')) await aptInstall(['mmdebstrap', 'debian-archive-keyring']);
  const failures = [];
  for (const recipe of await recipes()) {
    const failure = await importImage(address, recipe);
    if (failure === undefined) return;
    failures.push(`mmdebstrap ${recipe.join(' ')}: ${failure}`);
  }
  throw new SetupError(`The base image could not be built:\n${failures.join('\n')}`);
}

/**
 * What mmdebstrap may be asked for, best first: a machine may know only its own release's keys, or
 * reach only its own mirror.
 * @returns {Promise<string[][]>} suite, target and mirror
 */
async function recipes() {
  const release = readFileSync('/etc/os-release', 'utf8');
  const suite = /^VERSION_CODENAME=(\w+)/m.exec(release)?.[1];
  const isDebian = /^ID=debian$/m.test(release);
  const targets = await run('apt-get', ['indextargets', '--format', '$(CODENAME) $(COMPONENT) $(REPO_URI)']);
  const own = targets.split('\n').map((line) => line.split(' '));
  const mirror = own.find(([codename, component]) => codename === suite && component === 'main')?.[2];
  const candidates = [['trixie', '-']];
  if (mirror && isDebian) candidates.push(['trixie', '-', mirror]);
  if (mirror && suite) candidates.push([suite, '-', mirror]);
  return candidates;
}

/**
 * Streams mmdebstrap's archive into the engine.
 * @param {import('./engine.mjs').Address} address
 * @param {readonly string[]} recipe
 * @returns {Promise<string | undefined>} why mmdebstrap failed
 * @throws {SetupError} where another recipe would not help
 */
async function importImage(address, recipe) {
  const args = ['--quiet', '--variant=minbase', '--include=ca-certificates,python3', ...recipe];
  const maker = spawn('mmdebstrap', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = tail();
  maker.stderr.on('data', output.add);
  const ended = new Promise((resolve) => {
    maker.once('close', resolve).once('error', (error) => resolve(error.message));
  });
  const [repo, tag] = OWN_BASE.split(':');
  const draft = `${tag}-${process.pid}`;
  const path = `/images/create?fromSrc=-&repo=${repo}&tag=${draft}`;
  const answer = await request(address, 'POST', path, { body: maker.stdout, timeoutMs: BUILD_LIMIT_MS });
  const failure = failureOf(answer);
  const code = await ended;
  // The engine takes a cut archive for a whole one: only a whole one may have the image's name.
  const named = `/images/${repo}:${draft}/tag?repo=${repo}&tag=${tag}`;
  if (code === 0 && !failure) await request(address, 'POST', named, { timeoutMs: 30_000 });
  await request(address, 'DELETE', `/images/${repo}:${draft}`, { timeoutMs: 30_000 });
  if (code !== 0) return `${code}\n${output.text()}`;
  if (failure) throw new SetupError(`Docker did not take the base image: ${failure}`);
  return undefined;
}
