/** `npm test [-- --long] [vitest arguments]`: sets this machine up, checks the code, runs the tests. */
import { foreground } from './setup/child.mjs';
import { ensureComposeParts } from './setup/compose.mjs';
import { fullSetup } from './setup/full.mjs';
import { tryGvisor } from './setup/gvisor.mjs';
import { ROOT } from './setup/paths.mjs';
import { ensurePythonTools } from './setup/python.mjs';
import { ensureStandIns } from './setup/stand-ins.mjs';
import { entry, say } from './setup/step.mjs';

/** Besides what vitest tells by itself. */
const OWN_REPORTERS = ['skipped-tests', 'tally', 'some-test-ran'].map(
  (name) => `${ROOT}/deploy/setup/${name}.mjs`,
);

await entry(async () => {
  const args = process.argv.slice(2).filter((arg) => arg !== '--long');
  const long = process.argv.includes('--long');
  const { node, env: own, address } = await fullSetup();
  // Who names single files wants their result, not the whole project's.
  const filtered = args.some((arg) => !arg.startsWith('-'));
  // Beside the set-up and the first tests, which mostly wait.
  const checking = filtered ? 0 : foreground(node, [`${ROOT}/deploy/check.ts`], { env: own });
  const env = { ...own, ...(await testParts(address)) };
  const tests = await vitest(node, args, long ? { ...env, TEST_LONG: '1' } : env);
  const checks = await checking;
  if (checks) say('A check failed: its lines stand above, among the first tests.');
  return checks || tests;
});

/** What only tests need. @param {import('./setup/engine.mjs').Address} address */
async function testParts(address) {
  await tryGvisor();
  const services = { ...(await ensureStandIns(address)), ...(await ensureComposeParts(address)) };
  return { ...services, ...(await ensurePythonTools()) };
}

/** @param {string} node @param {readonly string[]} args @param {NodeJS.ProcessEnv} env */
function vitest(node, args, env) {
  const reporters = ['default', ...OWN_REPORTERS].map((reporter) => `--reporter=${reporter}`);
  return foreground(node, [`${ROOT}/node_modules/vitest/vitest.mjs`, 'run', ...reporters, ...args], { env });
}
