import { z } from 'zod';
import { integer, optional, setting, type Table, text } from './fields.ts';

/** Read by both processes. */
export const BOTH = {
  dataDir: setting(
    'DATA_DIR',
    '.data',
    text,
    'Directory of the embedded store and of what names this server.',
  ),
  logLevel: setting(
    'LOG_LEVEL',
    'info',
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    'Least severe level that is logged: fatal, error, warn, info, debug, trace or silent.',
  ),
  launcherSocket: setting(
    'LAUNCHER_SOCKET',
    '',
    optional(text),
    'Unix socket on which the launcher listens. Default: launcher.sock in DATA_DIR.',
  ),
  maxContainers: setting('MAX_CONTAINERS', '64', integer(1, 10_000), 'Bot containers at once.'),
} satisfies Table;
