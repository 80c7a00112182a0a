import { fileURLToPath } from 'node:url';

/** The project's folder, and where set-up keeps what it may lose. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
export const CACHE = `${ROOT}/.cache/setup`;
export const LOCK = `${CACHE}/lock`;
