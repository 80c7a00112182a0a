/** When something of an agent was last noticed, ms since the epoch. */
export type Sign = {
  /** When it last called, or sent a heartbeat; 0 for never. */
  readonly heard: number;
  /** When its line was last known to stand. */
  readonly seen: number;
};

/** active: heard of lately. idle: there, and silent for a while. offline: gone. */
export type Status = 'active' | 'idle' | 'offline';

/** Without a word for this long an agent is idle, ms. Heartbeats come every 30 s. */
const IDLE_AFTER_MS = 45_000;
/** Without any sign for this long an agent is offline, ms. Sockets are pinged every 30 s. */
export const OFFLINE_AFTER_MS = 90_000;

export function statusOf(sign: Sign | undefined, now: number): Status {
  if (!sign || now - sign.seen > OFFLINE_AFTER_MS) return 'offline';
  return now - sign.heard > IDLE_AFTER_MS ? 'idle' : 'active';
}

/** The later of what two servers know. */
export function later(one: Sign, other: Sign | undefined): Sign {
  if (!other) return one;
  return { heard: Math.max(one.heard, other.heard), seen: Math.max(one.seen, other.seen) };
}
