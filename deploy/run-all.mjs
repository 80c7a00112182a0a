/** `node deploy/run-all.mjs <file.ts> args…`: sets up all that the tests have, and runs a TypeScript program. */
import { resolve } from 'node:path';
import { foreground } from './setup/child.mjs';
import { fullSetup } from './setup/full.mjs';
import { ROOT } from './setup/paths.mjs';
import { ensureStandIns } from './setup/stand-ins.mjs';
import { entry, SetupError } from './setup/step.mjs';

await entry(async () => {
  const [file, ...args] = process.argv.slice(2);
  if (!file)
    throw new SetupError('No file to run was given.', 'Usage: node deploy/run-all.mjs <file.ts> [arguments]');
  const { node, env, address } = await fullSetup();
  const all = { ...env, ...(await ensureStandIns(address)) };
  return foreground(node, [resolve(ROOT, file), ...args], { cwd: process.cwd(), env: all });
});
