import { fileURLToPath } from 'node:url';

/** The project's folder, and the file that one set-up at a time holds. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const CACHE = `${ROOT}/.cache/setup`;
export const LOCK = `${CACHE}/lock`;
