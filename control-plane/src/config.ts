import path from 'node:path';
import { z } from 'zod';

/** sun_path of unix(7), without its final zero. */
const SOCKET_PATH_BYTES = 107;

/** One setting: an environment variable, its default as it would be written there, and what it means. */
interface Setting<T> {
  readonly env: string;
  readonly default: string;
  readonly unit: string;
  readonly meaning: string;
  readonly schema: z.ZodType<T, string>;
}

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, `must be an integer from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be an integer from ${min} to ${max}`);
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const text = z.string().min(1);
const list = z.string().transform((value) => value.split(',').flatMap((item) => item.trim() || []));
const optional = <T>(schema: z.ZodType<T, string>) =>
  z.string().transform((value, context): T | undefined => {
    if (value === '') return undefined;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: parsed.error.issues[0]?.message ?? 'is not valid' });
    return z.NEVER;
  });

const origin = z.string().transform((value, context) => {
  const url = URL.parse(value);
  const plain = url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.hash;
  if (plain && !url.username) return url.origin;
  context.addIssue({ code: 'custom', message: 'must be an http or https URL without a path' });
  return z.NEVER;
});

/** Types one row of the table by its schema. */
function setting<T>(
  env: string,
  fallback: string,
  schema: z.ZodType<T, string>,
  meaning: string,
  unit = '',
): Setting<T> {
  return { env, default: fallback, unit, meaning, schema };
}

/** Read by the server alone. */
const SERVER = {
  port: setting('PORT', '8100', integer(0, 65_535), 'Port to listen on; 0 takes a free one.'),
  host: setting('HOST', '127.0.0.1', text, 'Address to listen on.'),
  publicUrl: setting(
    'PUBLIC_URL',
    '',
    optional(origin),
    'URL under which clients reach the server, without a path. Default: http://HOST:PORT.',
  ),
  authMode: setting(
    'AUTH_MODE',
    'open',
    z.string().refine((mode) => mode === 'open', {
      error: ({ input }) =>
        input === 'accounts' ? 'accounts is not available yet: open is the only mode' : 'must be open',
    }),
    'open: every client gets an account of its own, without a sign-in.',
  ),
  allowOpenOnPublic: setting(
    'ALLOW_OPEN_ON_PUBLIC',
    'false',
    flag,
    'true lets open mode listen on an address other than loopback.',
  ),
  allowedHosts: setting(
    'ALLOWED_HOSTS',
    '',
    list,
    "Host names, separated by commas, that requests may name beside localhost and PUBLIC_URL's; * for any.",
  ),
  allowedOrigins: setting(
    'ALLOWED_ORIGINS',
    '',
    list,
    "Host names, separated by commas, whose web pages may call beside localhost's and PUBLIC_URL's; * for any.",
  ),
  loopGuardPerMinute: setting(
    'LOOP_GUARD_PER_MINUTE',
    '30',
    integer(1, 1_000_000),
    'Posts a seat regains.',
    '1/min',
  ),
  loopGuardBurst: setting('LOOP_GUARD_BURST', '60', integer(1, 1_000_000), 'Posts a seat may make at once.'),
  hookWallMs: setting('HOOK_WALL_MS', '5000', integer(50, 60_000), 'Longest run of one hook.', 'ms'),
  hookMemoryMb: setting('HOOK_MEMORY_MB', '64', integer(16, 4_096), 'Memory that one hook may use.', 'MiB'),
  botIdleMs: setting(
    'BOT_IDLE_MS',
    '300000',
    integer(1_000, 86_400_000),
    'A bot idle this long gives its container back.',
    'ms',
  ),
  poolSize: setting(
    'POOL_SIZE',
    '4',
    integer(0, 1_000),
    'Blank containers kept ready for new bots, where MAX_CONTAINERS leaves room.',
  ),
  poolRefillPerS: setting(
    'POOL_REFILL_PER_S',
    '4',
    integer(1, 100),
    'Blank containers started a second at most.',
    '1/s',
  ),
  capacityWaitMs: setting(
    'CAPACITY_WAIT_MS',
    '5000',
    integer(0, 60_000),
    'How long a bot waits for its turn when all containers are at work.',
    'ms',
  ),
  egressMaxConnections: setting(
    'EGRESS_MAX_CONNECTIONS',
    '512',
    integer(0, 100_000),
    'Connections of bots that are open at once, over all bots; 0 for none ever.',
  ),
  egressHookMbIn: setting(
    'EGRESS_HOOK_MB_IN',
    '16',
    integer(1, 1_024),
    'Most that one hook may receive from the network.',
    'MiB',
  ),
  egressHookMbOut: setting(
    'EGRESS_HOOK_MB_OUT',
    '4',
    integer(1, 1_024),
    'Most that one hook may send to the network.',
    'MiB',
  ),
  maxLoadedChannels: setting(
    'MAX_LOADED_CHANNELS',
    '1000',
    integer(1, 1_000_000),
    'Channels kept in memory.',
  ),
} satisfies Table;

/** Read by the launcher alone: the server never learns where the engine is. */
const LAUNCHER = {
  dockerHost: setting(
    'DOCKER_HOST',
    'unix:///var/run/docker.sock',
    z.string().regex(/^unix:\/\/\/.+$/, 'must be unix:///<path>'),
    'Socket of the Docker engine that runs the bots.',
  ),
  runnerImage: setting(
    'RUNNER_IMAGE',
    'mcp-multiplayer-runner:latest',
    text,
    'Image of the bot containers; npm start builds it and sets this.',
  ),
  sandboxRuntime: setting(
    'SANDBOX_RUNTIME',
    'runc',
    z.string().regex(/^[a-zA-Z0-9][\w.-]{0,63}$/, 'must be the name of a runtime of the engine'),
    'OCI runtime of the bot containers: runc, or runsc for gVisor (docs/gvisor.md).',
  ),
  instanceId: setting(
    'INSTANCE_ID',
    '',
    optional(z.string().regex(/^[a-z0-9-]{1,40}$/, 'must be 1 to 40 lower-case letters, digits or -')),
    'Names this server on a Docker engine that several share. Default: kept in DATA_DIR.',
  ),
} satisfies Table;

/** Read by both processes. */
const BOTH = {
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

/** Every setting there is, with the processes that read it. README's table is checked against this one. */
export const SETTINGS: readonly (Setting<unknown> & { readonly for: SettingUse })[] = [
  ...Object.values<Setting<unknown>>(SERVER).map((row) => ({ ...row, for: 'server' as const })),
  ...Object.values<Setting<unknown>>(LAUNCHER).map((row) => ({ ...row, for: 'launcher' as const })),
  ...Object.values<Setting<unknown>>(BOTH).map((row) => ({ ...row, for: 'both' as const })),
];

type SettingUse = 'server' | 'launcher' | 'both';
type Table = Record<string, Setting<unknown>>;
type Values<T extends Table> = { readonly [K in keyof T]: z.output<T[K]['schema']> };
type Resolved<V> = Omit<V, 'launcherSocket'> & { readonly launcherSocket: string };
type ServerValues = Resolved<Values<typeof SERVER & typeof BOTH>>;

/** The server's settings; `publicUrl` is an origin without a trailing slash. */
export type Config = Omit<ServerValues, 'publicUrl'> & { readonly publicUrl: string };

/** The launcher's settings. */
export type LauncherConfig = Resolved<Values<typeof LAUNCHER & typeof BOTH>>;

/** What is wrong with the environment, one line for each setting. */
export class ConfigError extends Error {
  readonly lines: readonly string[];
  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'ConfigError';
    this.lines = lines;
  }
}

/** True for an address that only this machine can reach. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the server's settings from the environment; an empty value counts as unset.
 *
 * @throws {ConfigError} that names every setting that is wrong.
 */
export function readConfig(env: Environment): Config {
  return checkExposure(withPublicUrl(withSocket(read({ ...SERVER, ...BOTH }, env))));
}

/** Reads the launcher's settings. @throws {ConfigError} */
export function readLauncherConfig(env: Environment): LauncherConfig {
  return withSocket(read({ ...LAUNCHER, ...BOTH }, env));
}

function read<T extends Table>(table: T, env: Environment): Values<T> {
  const lines: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, { env: name, default: fallback, schema }] of Object.entries<Setting<unknown>>(table)) {
    const parsed = schema.safeParse(env[name] || fallback);
    if (parsed.success) values[key] = parsed.data;
    else lines.push(`${name} ${sentence(parsed.error)}.`);
  }
  if (lines.length > 0) throw new ConfigError(lines);
  return values as Values<T>;
}

/** A path that is cut short would be another socket: the system's limit is told here. */
function withSocket<V extends { dataDir: string; launcherSocket: string | undefined }>(
  values: V,
): Resolved<V> {
  const launcherSocket = path.resolve(values.launcherSocket ?? path.join(values.dataDir, 'launcher.sock'));
  if (Buffer.byteLength(launcherSocket) <= SOCKET_PATH_BYTES) return { ...values, launcherSocket };
  throw new ConfigError([
    `LAUNCHER_SOCKET ${launcherSocket} has over ${SOCKET_PATH_BYTES} bytes, which no socket's path may have. ` +
      'Choose a shorter path: LAUNCHER_SOCKET=<path>.',
  ]);
}

function sentence(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue?.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  return issue?.message ?? 'is not valid';
}

function withPublicUrl(values: ServerValues): Config {
  const anyAddress = values.host === '0.0.0.0' || values.host === '::';
  const host = anyAddress ? '127.0.0.1' : values.host.includes(':') ? `[${values.host}]` : values.host;
  return { ...values, publicUrl: values.publicUrl ?? `http://${host}:${values.port}` };
}

/** The settings once it is known which port PORT=0 has got; a PUBLIC_URL of its own stays. */
export function withPort(config: Config, port: number): Config {
  return { ...config, port, publicUrl: config.publicUrl.replace(/:0$/, `:${port}`) };
}

function checkExposure(config: Config): Config {
  if (isLoopback(config.host) || config.allowOpenOnPublic) return config;
  throw new ConfigError([
    `HOST ${config.host} can be reached from other machines, and in open mode anyone who reaches the server ` +
      'gets an account. Set HOST=127.0.0.1, or ALLOW_OPEN_ON_PUBLIC=true if that is what you want.',
  ]);
}
