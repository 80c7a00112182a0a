import { ESCAPE } from './rows/escape.ts';
import { LIFECYCLE } from './rows/lifecycle.ts';
import { runRows } from './support/run-rows.ts';

runRows('lifecycle and escape', [...LIFECYCLE, ...ESCAPE], { HOOK_WALL_MS: '4000' });
