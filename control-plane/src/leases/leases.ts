/**
 * Decides which server runs a channel's hooks. An optimisation: two servers that both believe they hold
 * a lease cost work done twice, and the log lets one of them write (DESIGN, Hooks).
 */
export interface Leases {
  /**
   * Takes the channel's lease, or keeps it. Costs nothing while it is held.
   *
   * @returns whether this server may run the channel's hooks now
   * @throws STORE_UNAVAILABLE
   */
  hold(channelId: string): Promise<boolean>;
  /** True while it is held, as far as this server knows. */
  holds(channelId: string): boolean;
  /** The channels whose lease this server holds. */
  held(): Iterable<string>;
}

/** Leases of a server that has its store to itself. */
export const soleLeases: Leases = {
  hold: () => Promise.resolve(true),
  holds: () => true,
  held: () => [],
};
