import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The file that one set-up at a time holds. */
export const LOCK = `${ROOT}/.cache/setup/lock`;
