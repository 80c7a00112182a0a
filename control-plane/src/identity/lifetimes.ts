const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

/** How long things live, in ms. */
export const LIFETIME = {
  code: 60 * SECOND,
  /** A grant whose code is not exchanged; longer than the code, so that a late second use is seen. */
  unusedGrant: 10 * 60 * SECOND,
  /** Long, because clients do not refresh in the middle of a conversation. */
  access: 12 * HOUR,
  refresh: 30 * DAY,
  /** A client that never took a token with its registration. */
  unusedClient: 30 * DAY,
  /** After the last token: longer than the refresh token that came with it. */
  publicClient: 60 * DAY,
  /** The client's secret is the only way back to its account. */
  confidentialClient: 400 * DAY,
} as const;

/** For how many ms a spent refresh token still works: the answer that replaced it may have been lost. */
export const REUSE_GRACE = 30 * SECOND;
