import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { aptInstall, mayInstall } from './docker.mjs';
import { hashOf, filesOf } from './image.mjs';
import { withLock } from './lock.mjs';
import { LOCK, ROOT } from './paths.mjs';
import { tried } from './stand-ins.mjs';
import { run, step } from './step.mjs';

const FOLDER = `${ROOT}/deploy/python`;

/**
 * The Python programs of deploy/python/requirements.txt, in a folder of their own that the next run finds. What
 * cannot be had is said in one line, and tests that need it are skipped by name (in CI they fail).
 * @returns {Promise<Record<string, string>>} PYTHON_TOOLS: where their commands are
 */
export async function ensurePythonTools() {
  const tools = await tried('Python programs from PyPI', () => pythonTools());
  return tools ? { PYTHON_TOOLS: tools } : {};
}

async function pythonTools() {
  const folder = path.join(path.dirname(LOCK), `python-${hashOf(filesOf(FOLDER))}`);
  const done = `${folder}/installed`;
  if (!existsSync(done)) {
    await withLock(LOCK, async () => {
      if (existsSync(done)) return;
      await step('Python programs from PyPI', () => install(folder));
      writeFileSync(done, '');
    });
  }
  return `${folder}/bin`;
}

/** @param {string} folder */
async function install(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.dirname(folder), { recursive: true });
  try {
    await run('python3', ['-m', 'venv', folder]);
  } catch (error) {
    // Debian keeps what makes such folders in a package of its own.
    if (!mayInstall()) throw error;
    await aptInstall(['python3-venv']);
    await run('python3', ['-m', 'venv', '--clear', folder]);
  }
  const options = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary=:all:'];
  await run(`${folder}/bin/python`, ['-m', 'pip', 'install', ...options, '-r', `${FOLDER}/requirements.txt`]);
}
