import type { BotContainer } from './container.ts';

/** What is known of one key: its container where there is one, and who is waiting for it. */
export interface Entry {
  readonly key: string;
  readonly group: string;
  phase: 'waiting' | 'starting' | 'idle' | 'busy';
  container?: BotContainer;
  idleTimer?: NodeJS.Timeout;
  /** Users of this key, the one at work included. */
  users: number;
  /** Resolves when the user who came last is done. */
  turn: Promise<void>;
}

/**
 * Which idle container gives way: of the group that holds most, the one that is idle for longest.
 *
 * @param entries in order of last use
 */
export function longestIdle(entries: Iterable<Entry>): Entry | undefined {
  const held = new Map<string, number>();
  const idle: Entry[] = [];
  for (const entry of entries) {
    if (!entry.container) continue;
    held.set(entry.group, (held.get(entry.group) ?? 0) + 1);
    if (entry.users === 0) idle.push(entry);
  }
  const size = (entry: Entry) => held.get(entry.group) ?? 0;
  return idle.reduce<Entry | undefined>(
    (best, entry) => (best === undefined || size(entry) > size(best) ? entry : best),
    undefined,
  );
}
