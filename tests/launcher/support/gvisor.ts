import { existsSync } from 'node:fs';
import { noPrivateEngine } from '../../support/private-engine.ts';

const RUNSC = ['/usr/bin/runsc', '/usr/local/bin/runsc'].find((program) => existsSync(program));

/** Why bots cannot be run in gVisor here; undefined where they can. */
export const noGvisor = RUNSC === undefined ? 'runsc is not installed' : noPrivateEngine;

/** How the engine calls it: ptrace needs nothing of the machine's processor. */
export const RUNTIMES = { runsc: `${RUNSC} --platform=ptrace --network=none` };
