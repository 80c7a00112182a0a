import type { Engine, ListedContainer } from './engine.ts';
import { ownerState } from './owner.ts';

/** A container that never started, or has ended, is left alone this long: its owner may be at work on it. */
const GRACE_S = 60;

export interface ReaperSelf {
  readonly instance: string;
  readonly owner: string;
  /** True for a container that this process knows of, by name. */
  knows(name: string): boolean;
}

/**
 * Removes containers whose owner is gone, and returns how many. Several servers and test runs may
 * share one engine, so the rule is careful:
 * - this process made it: removed if this process no longer knows of it;
 * - its owner lives: spared; its owner is dead: removed;
 * - its owner cannot be judged (another pid namespace, another boot): removed if it carries this
 *   instance's id, or if it has not been running for a minute. One that runs is spared: the end of
 *   its stdin ends it when its owner goes.
 */
export async function reap(
  engine: Pick<Engine, 'list' | 'remove'>,
  self: ReaperSelf,
  nowMs: number,
): Promise<number> {
  const orphans: ListedContainer[] = [];
  for (const one of await engine.list()) if (await isOrphan(one, self, nowMs)) orphans.push(one);
  // One that cannot be removed keeps none of the others: the next sweep tries it again.
  const removals = await Promise.allSettled(orphans.map(({ id }) => engine.remove(id)));
  return removals.filter(({ status }) => status === 'fulfilled').length;
}

async function isOrphan(one: ListedContainer, self: ReaperSelf, nowMs: number): Promise<boolean> {
  if (one.owner === self.owner && one.instance === self.instance) return !self.knows(one.name);
  const state = await ownerState(one.owner);
  if (state !== 'unknown') return state === 'dead';
  const stale = !one.running && nowMs / 1000 - one.createdAt > GRACE_S;
  return one.instance === self.instance || stale;
}
