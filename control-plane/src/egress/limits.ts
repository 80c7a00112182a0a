/** How much of the network bots get. Bytes in are what a bot receives, bytes out what it sends. */
export interface EgressLimits {
  /** Connections of all bots together that are open at once. */
  readonly openInAll: number;
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

export const EGRESS_LIMITS: EgressLimits = {
  openInAll: 512,
  openPerHook: 16,
  connectionsPerHook: 64,
  bytesInPerHook: 16 * MIB,
  bytesOutPerHook: 4 * MIB,
  connectionsPerMinute: 240,
  bytesInPerMinute: 64 * MIB,
  bytesOutPerMinute: 16 * MIB,
  connectionMs: 30_000,
  resolveMs: 5_000,
  connectMs: 5_000,
};
