import { flag, integer, list, optional, origin, setting, type Table, text } from './fields.ts';

/** Read by the server alone. */
export const SERVER = {
  port: setting('PORT', '8100', integer(0, 65_535), 'Port to listen on; 0 takes a free one.'),
  host: setting('HOST', '127.0.0.1', text, 'Address to listen on.'),
  publicUrl: setting(
    'PUBLIC_URL',
    '',
    optional(origin),
    'URL under which clients reach the server, without a path. Default: http://HOST:PORT.',
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
