/** `npm start`: sets this machine up and runs the launcher and the server in the foreground. */
import { foreground } from './setup/child.mjs';
import { fullSetup } from './setup/full.mjs';
import { ROOT } from './setup/paths.mjs';
import { entry } from './setup/step.mjs';

await entry(async () => {
  const { node, env } = await fullSetup();
  return foreground(node, [`${ROOT}/deploy/supervisor.ts`, ...process.argv.slice(2)], { env });
});
