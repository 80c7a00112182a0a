/** `node deploy/run.mjs <file.ts> args…`: installs the packages and runs a TypeScript program. No Docker. */
import { resolve } from 'node:path';
import { foreground } from './setup/child.mjs';
import { projectNode } from './setup/node.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { ROOT } from './setup/paths.mjs';
import { entry, SetupError } from './setup/step.mjs';

await entry(async () => {
  const [file, ...args] = process.argv.slice(2);
  if (!file)
    throw new SetupError('No file to run was given.', 'Usage: node deploy/run.mjs <file.ts> [arguments]');
  await ensurePackages();
  return foreground(projectNode(), [resolve(ROOT, file), ...args], { cwd: process.cwd() });
});
