import path from 'node:path';
import { ConfigError, type Environment, readTable, type Values } from './environment.ts';
import { LAUNCHER } from './launcher.ts';
import { LIMITS } from './limits.ts';
import { PEOPLE } from './people.ts';
import { SERVER } from './server.ts';
import { BOTH } from './shared.ts';
import { STORE } from './store.ts';
import { schemeOf, TRANSPORT } from './transport.ts';

/** sun_path of unix(7), without its final zero. */
const SOCKET_PATH_BYTES = 107;

type Resolved<V, Key extends keyof V> = Omit<V, Key> & { readonly [K in Key]: string };
type ServerValues = Values<
  typeof SERVER & typeof LIMITS & typeof TRANSPORT & typeof PEOPLE & typeof STORE & typeof BOTH
>;

/** The server's settings; `publicUrl` is an origin without a trailing slash, sockets are whole paths. */
export type Config = Resolved<ServerValues, 'publicUrl' | 'launcherSocket' | 'operatorSocket' | 'archiveDir'>;

/** The launcher's settings. */
export type LauncherConfig = Resolved<Values<typeof LAUNCHER & typeof BOTH>, 'launcherSocket'>;

/**
 * Reads the server's settings from the environment.
 *
 * @throws {ConfigError} that names every setting that is wrong.
 */
export function readConfig(env: Environment): Config {
  const values = readTable({ ...SERVER, ...LIMITS, ...TRANSPORT, ...PEOPLE, ...STORE, ...BOTH }, env);
  return checkPeople(checkExposure(withPublicUrl(withOperatorPaths(withLauncherSocket(values)))));
}

/** Reads the launcher's settings. @throws {ConfigError} */
export function readLauncherConfig(env: Environment): LauncherConfig {
  return withLauncherSocket(readTable({ ...LAUNCHER, ...BOTH }, env));
}

function withLauncherSocket<V extends { dataDir: string; launcherSocket: string | undefined }>(values: V) {
  const { dataDir, launcherSocket } = values;
  return {
    ...values,
    launcherSocket: socketPath('LAUNCHER_SOCKET', launcherSocket ?? path.join(dataDir, 'launcher.sock')),
  };
}

function withOperatorPaths<
  V extends { dataDir: string; operatorSocket: string | undefined; archiveDir: string | undefined },
>(values: V) {
  const { dataDir, operatorSocket, archiveDir } = values;
  return {
    ...values,
    archiveDir: path.resolve(archiveDir ?? path.join(dataDir, 'archive')),
    operatorSocket: socketPath('OPERATOR_SOCKET', operatorSocket ?? path.join(dataDir, 'operator.sock')),
  };
}

/** A path that is cut short would be another socket: the system's limit is told here. */
function socketPath(name: string, given: string): string {
  const resolved = path.resolve(given);
  if (Buffer.byteLength(resolved) <= SOCKET_PATH_BYTES) return resolved;
  throw new ConfigError([
    `${name} ${resolved} has over ${SOCKET_PATH_BYTES} bytes, which no socket's path may have. ` +
      `Choose a shorter path: ${name}=<path>.`,
  ]);
}

function withPublicUrl<
  V extends Pick<ServerValues, 'host' | 'port' | 'publicUrl' | 'tlsCertFile' | 'tlsKeyFile'>,
>(values: V) {
  const scheme = schemeOf(values);
  const anyAddress = values.host === '0.0.0.0' || values.host === '::';
  const host = anyAddress ? '127.0.0.1' : values.host.includes(':') ? `[${values.host}]` : values.host;
  return { ...values, publicUrl: values.publicUrl ?? `${scheme}://${host}:${values.port}` };
}

/** The settings once it is known which port PORT=0 has got; a PUBLIC_URL of its own stays. */
export function withPort(config: Config, port: number): Config {
  return { ...config, port, publicUrl: config.publicUrl.replace(/:0$/, `:${port}`) };
}

function checkExposure(config: Config): Config {
  if (config.authMode === 'accounts' || isLoopback(config.host) || config.allowOpenOnPublic) return config;
  throw new ConfigError([
    `HOST ${config.host} can be reached from other machines, and in open mode anyone who reaches the server ` +
      'gets an account. Set AUTH_MODE=accounts, or HOST=127.0.0.1, or ALLOW_OPEN_ON_PUBLIC=true if that is ' +
      'what you want.',
  ]);
}

/** Passwords and cookies do not cross a network in the clear; a provider needs all of its settings. */
function checkPeople(config: Config): Config {
  const { authMode, publicUrl, oidcIssuer, oidcClientId, oidcClientSecret } = config;
  const lines: string[] = [];
  const given = [oidcIssuer, oidcClientId, oidcClientSecret].filter((value) => value !== undefined).length;
  if (given !== 0 && given !== 3)
    lines.push('OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET belong together: set all three, or none.');
  if (given !== 0 && authMode === 'open')
    lines.push('OIDC_ISSUER is used in accounts mode only: set AUTH_MODE=accounts.');
  if (
    authMode === 'accounts' &&
    publicUrl.startsWith('http:') &&
    !isLoopback(new URL(publicUrl).hostname.replace(/^\[|\]$/g, ''))
  )
    lines.push(
      `PUBLIC_URL ${publicUrl} is not https, and in accounts mode people send passwords. Set TLS_CERT_FILE and ` +
        'TLS_KEY_FILE, or put a proxy with a certificate in front, and set PUBLIC_URL to the https address.',
    );
  if (lines.length > 0) throw new ConfigError(lines);
  return config;
}

/** True for an address that only this machine can reach. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
