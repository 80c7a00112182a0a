import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { aptInstall, mayInstall } from './docker.mjs';
import { withLock } from './lock.mjs';
import { LOCK } from './paths.mjs';
import { say, step } from './step.mjs';

/** Left where runsc could not be installed, so that it is tried once. */
const MISSING = path.join(path.dirname(LOCK), 'no-runsc');

/**
 * Installs gVisor's runsc for the tests that run bots in it; they are skipped where it is missing. The
 * engine of this machine is not told of it.
 */
export async function tryGvisor() {
  if (found() || !mayInstall() || existsSync(MISSING)) return;
  await withLock(LOCK, async () => {
    if (found()) return;
    try {
      await step('gVisor (runsc) for its tests', () => aptInstall(['runsc']));
    } catch {
      say('set-up: no gVisor (runsc) can be installed here: its tests are skipped');
      mkdirSync(path.dirname(MISSING), { recursive: true });
      writeFileSync(MISSING, '');
    }
  });
}

function found() {
  return ['/usr/bin/runsc', '/usr/local/bin/runsc'].some((program) => existsSync(program));
}
