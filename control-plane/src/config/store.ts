import { z } from 'zod';
import { integer, optional, secret, setting, type Table, text } from './fields.ts';

const url = (schemes: RegExp, what: string) => z.string().regex(schemes, `must be ${what}`);

function isRedisUrl(value: string): boolean {
  const url = URL.parse(value);
  if (!url?.hostname || !/^\/?\d*$/.test(url.pathname)) return false;
  return [url.username, url.password].every((part) => !/%(?![0-9a-f]{2})/i.test(part));
}

/** Read by the server alone: where it keeps what it must not lose, and how it shares that with others. */
export const STORE = {
  mongodbUrl: secret(
    'MONGODB_URL',
    url(/^mongodb(\+srv)?:\/\/\S+$/, 'mongodb://… or mongodb+srv://…'),
    'MongoDB that keeps everything, with its database: several servers may share it. Default: the embedded store. A secret: MONGODB_URL_FILE may name a file instead.',
  ),
  redisUrl: secret(
    'REDIS_URL',
    // An error of the driver's would show the URL, with its password.
    url(/^rediss?:\/\/\S+$/, 'redis://… or rediss://…').refine(isRedisUrl, {
      error: 'must be a whole URL: what a password holds beside letters and digits is written as %XX',
    }),
    'Redis or Valkey over which the servers of one MongoDB wake each other; without it they look every second. A secret: REDIS_URL_FILE may name a file instead.',
  ),
  serverKey: secret(
    'SERVER_KEY',
    z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'),
    'What invite codes and rejoin tokens are derived from, 64 hex digits, the same for all servers of one store. Default: kept in DATA_DIR. A secret: SERVER_KEY_FILE may name a file instead.',
  ),
  leaseMs: setting(
    'LEASE_MS',
    '6000',
    integer(500, 600_000),
    'A server that was silent this long has lost its bots to the other servers of its store.',
    'ms',
  ),
  retentionDays: setting(
    'RETENTION_DAYS',
    '',
    optional(integer(1, 36_500)),
    'A channel in which nothing happened for so long is closed and moved into a file. Default: kept for ever.',
    'days',
  ),
  archiveDir: setting(
    'ARCHIVE_DIR',
    '',
    optional(text),
    'Directory of those files. Default: archive in DATA_DIR.',
  ),
  operatorSocket: setting(
    'OPERATOR_SOCKET',
    '',
    optional(text),
    'Unix socket for commands of the operator, such as backup. Default: operator.sock in DATA_DIR.',
  ),
} satisfies Table;
