import { RESOURCES } from './rows/resources.ts';
import { runRows } from './support/run-rows.ts';

runRows('resources', RESOURCES, { HOOK_WALL_MS: '4000' });
