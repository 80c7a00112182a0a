import { SETTINGS } from '../../control-plane/src/config/settings.ts';

/** What Node and the system's libraries read, whatever the program. */
const COMMON = [
  ...['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'NO_COLOR', 'FORCE_COLOR'],
  ...['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'NODE_ENV', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
];

/** The part of an environment that a process needs: what is common, and the settings that it reads. */
export function environmentOf(use: 'server' | 'launcher', env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const settings = SETTINGS.filter((row) => row.for === use || row.for === 'both').flatMap((row) =>
    row.secret ? [row.env, `${row.env}_FILE`] : [row.env],
  );
  const names = new Set([...COMMON, ...settings]);
  return Object.fromEntries(Object.entries(env).filter(([name]) => names.has(name)));
}
