import type { BotContainer } from './container.ts';

/** What is known of one key: its container where there is one, and who wants it. */
export interface Entry {
  readonly key: string;
  /** Whose share it counts against. */
  readonly group: string;
  /** `waiting` ones hold no container and take no place; `starting` ones have been promised one. */
  phase: 'waiting' | 'starting' | 'idle' | 'busy';
  container?: BotContainer;
  idleTimer?: NodeJS.Timeout;
  /** Users of this key, the one at work included. */
  users: number;
  /** Resolves when the last of them is done. */
  turn: Promise<void>;
}

/** True while it counts against the cap on containers. */
export function takesPlace(entry: Entry): boolean {
  return entry.phase === 'starting' || entry.container !== undefined;
}

/**
 * Whose container makes room for another bot's: of the group that holds most, the one that has been
 * idle for longest.
 *
 * @param entries the idle ones in the order in which they became so
 */
export function victimOf(entries: Iterable<Entry>): Entry | undefined {
  const all = [...entries];
  const held = new Map<string, number>();
  for (const { group } of all.filter(takesPlace)) held.set(group, (held.get(group) ?? 0) + 1);
  let victim: Entry | undefined;
  for (const entry of all) {
    if (entry.users > 0 || !entry.container) continue;
    const share = held.get(entry.group) ?? 0;
    if (!victim || share > (held.get(victim.group) ?? 0)) victim = entry;
  }
  return victim;
}
