/** `npm test [-- --long] [vitest arguments]`: sets this machine up, checks the code, runs the tests. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { foreground } from './setup/child.mjs';
import { fullSetup } from './setup/full.mjs';
import { CACHE, ROOT } from './setup/paths.mjs';
import { entry, say } from './setup/step.mjs';

const REPORT = `${CACHE}/tests-${process.pid}.json`;

await entry(async () => {
  const args = process.argv.slice(2).filter((arg) => arg !== '--long');
  const long = process.argv.includes('--long');
  const { node, env } = await fullSetup();
  // Who names single files wants their result, not the whole project's.
  const filtered = args.some((arg) => !arg.startsWith('-'));
  const checks = filtered ? 0 : await foreground(node, [`${ROOT}/deploy/check.ts`], { env });
  const tests = await vitest(node, args, long ? { ...env, TEST_LONG: '1' } : env);
  return checks || tests;
});

/** @param {string} node @param {readonly string[]} args @param {NodeJS.ProcessEnv} env */
async function vitest(node, args, env) {
  mkdirSync(CACHE, { recursive: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`];
  try {
    const code = await foreground(
      node,
      [`${ROOT}/node_modules/vitest/vitest.mjs`, 'run', ...reporters, ...args],
      { env },
    );
    if (code !== 0) return code;
    // A run in which everything was skipped is no success.
    const { numPassedTests } = JSON.parse(readFileSync(REPORT, 'utf8'));
    if (numPassedTests > 0) return 0;
    say('No test ran.');
    return 1;
  } finally {
    rmSync(REPORT, { force: true });
  }
}
