import { PROTOCOL } from './rows/protocol.ts';
import { runRows } from './support/run-rows.ts';

runRows('output and protocol', PROTOCOL, { HOOK_WALL_MS: '3000' });
