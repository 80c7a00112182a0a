import { CONNECTIONS_PER_HOOK } from '../sandbox/egress-port.ts';

/** How much of the network bots get. Bytes in are what a bot receives, bytes out what it sends. */
export interface EgressLimits {
  /** Connections of all bots together that are open at once. */
  readonly openInAll: number;
  /** Connections of one account's bots that are open at once. */
  readonly openPerGroup: number;
  /** Connections that one hook has open at once. */
  readonly openPerHook: number;
  /** Connections that one hook asks for, in all. */
  readonly connectionsPerHook: number;
  readonly bytesInPerHook: number;
  readonly bytesOutPerHook: number;
  /** What one bot gets over all of its hooks, a minute. */
  readonly connectionsPerMinute: number;
  readonly bytesInPerMinute: number;
  readonly bytesOutPerMinute: number;
  /** Life of one connection, ms. */
  readonly connectionMs: number;
  readonly resolveMs: number;
  readonly connectMs: number;
}

const MIB = 2 ** 20;
const OPEN_PER_HOOK = 16;
/** One account gets at most this part of all connections, yet as many as one hook may have. */
const GROUPS_SHARE = 1 / 4;

/** The limits that the operator's settings lead to; a bot has the bytes of four full hooks a minute. */
export function egressLimits(settings: {
  readonly maxConnections: number;
  readonly hookMbIn: number;
  readonly hookMbOut: number;
}): EgressLimits {
  const bytesInPerHook = settings.hookMbIn * MIB;
  const bytesOutPerHook = settings.hookMbOut * MIB;
  return {
    openInAll: settings.maxConnections,
    openPerGroup: Math.max(OPEN_PER_HOOK, Math.floor(settings.maxConnections * GROUPS_SHARE)),
    openPerHook: OPEN_PER_HOOK,
    connectionsPerHook: CONNECTIONS_PER_HOOK,
    bytesInPerHook,
    bytesOutPerHook,
    connectionsPerMinute: 240,
    bytesInPerMinute: 4 * bytesInPerHook,
    bytesOutPerMinute: 4 * bytesOutPerHook,
    connectionMs: 30_000,
    resolveMs: 5_000,
    connectMs: 5_000,
  };
}
