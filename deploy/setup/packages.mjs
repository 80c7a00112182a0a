import { readFileSync } from 'node:fs';
import { withLock } from './lock.mjs';
import { LOCK, ROOT } from './paths.mjs';
import { run, say, SetupError, step } from './step.mjs';

/**
 * @typedef {{ version: string, optional?: boolean, devOptional?: boolean, peer?: boolean, link?: boolean }} Locked
 */

/** Installs the packages of package-lock.json, where node_modules is not already what it says. */
export async function ensurePackages() {
  if (missingPackage() === undefined) return;
  await withLock(LOCK, async () => {
    const missing = missingPackage();
    if (missing !== undefined) await step('packages', install);
    const still = missingPackage();
    if (still !== undefined)
      throw new SetupError(`npm installed everything but ${still}.`, 'Run `npm ci` by hand.');
  });
}

async function install() {
  // No package needs its install script: platform packages bring what is native.
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  try {
    await run('npm', ['ci', ...quiet], { cwd: ROOT });
  } catch (error) {
    // A registry may lack a package of another platform that the lock names: install leaves it out.
    say(`set-up: npm ci failed, trying npm install\n${/** @type {Error} */ (error).message}`);
    await run('npm', ['install', '--no-save', ...quiet], { cwd: ROOT });
  }
}

/**
 * Compares npm's record of node_modules with the lock.
 * @param {string} [root]
 * @returns {string | undefined} the first package that is absent or of another version
 */
export function missingPackage(root = ROOT) {
  const wanted = packages(`${root}/package-lock.json`);
  const installed = packages(`${root}/node_modules/.package-lock.json`);
  if (wanted === undefined) throw new SetupError(`There is no package-lock.json in ${root}.`);
  for (const [path, { version, optional, devOptional }] of Object.entries(wanted)) {
    const found = installed?.[path];
    // Optional packages are for other platforms, or the registry did not have them.
    if (path === '' || (!found && (optional || devOptional) && installed)) continue;
    if (found?.version !== version) return path.replace(/^node_modules\//, '');
  }
  return undefined;
}

/** @param {string} file @returns {Record<string, Locked> | undefined} */
function packages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}
